// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is compiled under the same rules: Swift 6 mode, warnings are errors, imports
/// are internal unless a public declaration needs them.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

/// A C library of the system: a module map in `Sources/CLibraries`, nothing else.
func system(_ name: String, _ pkgConfig: String, apt: String) -> Target {
  .systemLibrary(
    name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig,
    providers: [.apt([apt])])
}

/// A shim in C or C++ for what Swift cannot say itself.
func shim(_ name: String, links: [String] = []) -> Target {
  .target(
    name: name, path: "Sources/CLibraries/\(name)",
    cSettings: [.define("_GNU_SOURCE"), .unsafeFlags(["-Wall", "-Werror"])],
    linkerSettings: links.map { .linkedLibrary($0) })
}

/// A library that knows nothing of automation.
func library(_ name: String, _ uses: [String] = []) -> Target {
  .target(
    name: name, dependencies: uses.map { .byName(name: $0) },
    path: "Sources/Libraries/\(name)", swiftSettings: strict)
}

/// A room of the house itself.
func room(_ name: String, _ uses: [String]) -> Target {
  .target(
    name: name, dependencies: uses.map { .byName(name: $0) },
    path: "Sources/\(name)", swiftSettings: strict)
}

func tests(_ name: String, _ uses: [String], without folders: [String] = []) -> Target {
  .testTarget(
    name: name, dependencies: uses.map { .byName(name: $0) },
    path: "Tests/\(name)", exclude: folders, swiftSettings: strict)
}

let package = Package(
  name: "petrel",
  products: [.executable(name: "petrel", targets: ["petrel"])],
  targets: [
    system("CPQ", "libpq", apt: "libpq-dev"),
    system("CCurl", "libcurl", apt: "libcurl4-openssl-dev"),
    system("CSQLite", "sqlite3", apt: "libsqlite3-dev"),
    system("CYAML", "yaml-0.1", apt: "libyaml-dev"),
    system("CPCRE2", "libpcre2-8", apt: "libpcre2-dev"),
    system("COpenSSL", "openssl", apt: "libssl-dev"),
    system("CZlib", "zlib", apt: "zlib1g-dev"),
    shim("CSimdJSON", links: ["simdjson"]),
    shim("CSpawn"),
    shim("CSockets"),
    shim("CTrap"),

    library("Threads"),
    library("Telemetry", ["Threads", "Calendar"]),
    library("Postgres", ["CPQ", "Threads"]),
    library("SQLite", ["CSQLite"]),
    library("Curl", ["CCurl", "Threads"]),
    library("JSON", ["CSimdJSON"]),
    library("JSONSchema", ["JSON"]),
    library("YAML", ["CYAML"]),
    library("Crypto", ["COpenSSL"]),
    library("HTTPServer", ["CSockets", "COpenSSL", "CZlib", "Threads"]),
    library("Processes", ["CSpawn", "Threads"]),
    library("Calendar"),
    library("Arguments", ["Calendar"]),

    room("Streams", ["JSON", "Threads", "Calendar", "Telemetry"]),
    room("Expressions", ["JSON", "Calendar", "CPCRE2"]),
    room(
      "Automation",
      ["Streams", "JSON", "JSONSchema", "YAML", "Expressions", "Calendar"]),
    room(
      "Runners",
      [
        "Automation", "Expressions", "Streams", "JSON", "Curl", "Processes", "Crypto", "Threads",
        "Calendar", "Telemetry",
      ]),
    room(
      "Connectors",
      [
        "Streams", "Automation", "JSON", "Postgres", "SQLite", "Processes", "Crypto", "Threads",
        "Calendar", "Telemetry", "CTrap",
      ]),
    room(
      "API",
      [
        "Streams", "Automation", "JSON", "Connectors", "HTTPServer", "Crypto", "Threads",
        "Calendar", "Telemetry",
      ]),
    room("Verifier", ["Streams", "JSON", "YAML", "Calendar"]),
    .executableTarget(
      name: "petrel",
      dependencies: [
        "API", "Connectors", "Runners", "Automation", "Streams", "Arguments", "Calendar", "Curl",
        "Crypto", "HTTPServer", "JSON", "Telemetry", "Threads", "Verifier", "YAML",
      ],
      path: "Sources/petrel", swiftSettings: strict),

    tests("ThreadsTests", ["Threads"]),
    tests("TelemetryTests", ["Telemetry", "Threads", "Calendar"]),
    tests("PostgresTests", ["Postgres", "TestSupport"]),
    tests("SQLiteTests", ["SQLite", "TestSupport"]),
    tests("CurlTests", ["Curl", "Threads"]),
    tests("JSONTests", ["JSON", "TestSupport"]),
    tests("JSONSchemaTests", ["JSONSchema", "JSON"]),
    tests("YAMLTests", ["YAML", "TestSupport"]),
    tests("CryptoTests", ["Crypto"]),
    tests("HTTPServerTests", ["HTTPServer", "TestSupport", "Threads", "CSockets", "COpenSSL"]),
    tests("ProcessesTests", ["Processes", "TestSupport", "Threads"]),
    tests("CalendarTests", ["Calendar"]),
    tests("ArgumentsTests", ["Arguments", "Calendar"]),
    tests(
      "StreamsTests", ["Streams", "TestSupport", "JSON", "Calendar", "Threads"],
      without: ["Golden"]),
    tests("ExpressionsTests", ["Expressions", "TestSupport", "JSON", "Calendar"]),
    tests(
      "AutomationTests",
      ["Automation", "Expressions", "TestSupport", "Streams", "JSON", "YAML", "Calendar"]),
    tests(
      "RunnersTests",
      [
        "Runners", "Automation", "TestSupport", "Streams", "JSON", "Processes", "Curl",
        "HTTPServer", "Threads", "Calendar", "Crypto",
      ]),
    tests(
      "ConnectorsTests",
      [
        "Connectors", "TestSupport", "Streams", "Automation", "JSON", "SQLite", "Postgres",
        "Calendar", "Threads", "Processes", "Crypto", "CSQLite", "trap-probe",
      ], without: ["Golden"]),
    tests(
      "APITests",
      [
        "API", "TestSupport", "Connectors", "Automation", "Streams", "HTTPServer", "Curl", "Crypto",
        "JSON", "Calendar", "Threads", "Telemetry",
      ]),
    tests("PetrelTests", ["petrel", "Arguments", "Calendar", "JSON", "Telemetry", "Threads"]),
    tests(
      "IntegrationTests",
      ["TestSupport", "JSON", "Curl", "Processes", "Threads", "petrel"]),
    tests(
      "FaultTests",
      [
        "TestSupport", "Verifier", "Connectors", "Automation", "Streams", "JSON", "Calendar",
        "Curl", "Processes", "Threads", "petrel", "trap-probe",
      ]),
    tests("TidyTests", []),
    .executableTarget(
      name: "bench",
      dependencies: [
        "API", "Connectors", "Runners", "Automation", "Streams", "Calendar", "HTTPServer", "JSON",
        "Postgres", "Processes", "SQLite", "Telemetry", "Threads", "YAML", "CSimdJSON", "CSockets",
        "CYAML",
      ],
      path: "bench", swiftSettings: strict),
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "Automation", "Streams", "Expressions", "HTTPServer", "YAML", "JSON", "Calendar",
      ],
      path: "Tests/Fuzz", exclude: ["Corpus"], swiftSettings: strict),
    .executableTarget(
      name: "trap-probe", dependencies: ["Connectors", "Automation", "Streams", "JSON"],
      path: "Tests/TrapProbe", swiftSettings: strict),
    .target(
      name: "Simulation",
      dependencies: [
        "Streams", "Automation", "Runners", "Verifier", "JSON", "Calendar", "Threads",
        "Telemetry",
      ],
      path: "Tests/Simulation", swiftSettings: strict),
    .executableTarget(
      name: "simulate", dependencies: ["Simulation", "Verifier"], path: "Tests/Simulate",
      swiftSettings: strict),
    tests("SimulationTests", ["Simulation", "Verifier"]),
    .target(
      name: "TestSupport",
      dependencies: [
        "Automation", "Streams", "JSON", "Calendar", "Curl", "Threads", "Postgres", "Processes",
        "SQLite", "Crypto",
      ],
      path: "Tests/TestSupport", swiftSettings: strict),
  ],
  cxxLanguageStandard: .cxx17
)
