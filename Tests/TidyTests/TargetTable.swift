/// Which target may import which: the direction of the whole house. Imports never turn back, so a
/// row is added or widened only with a reason. `Sources/Streams` knows no automation word,
/// `Automation` no C library, `Runners` neither a log nor a database. Every target may import
/// `Telemetry` above `Threads`; `Glibc` and `Synchronization` are free to all.
enum TargetTable {
  static let everywhere: Set<String> = ["Glibc", "Synchronization"]

  static let rows: [String: Set<String>] = [
    "CPQ": [], "CCurl": [], "CSQLite": [], "CYAML": [], "CPCRE2": [], "COpenSSL": [],
    "CZlib": [], "CSimdJSON": [], "CSpawn": [], "CSockets": [], "CTrap": [],

    "Threads": [],
    // Where an optimising build finds `timespec`.
    "Calendar": ["SwiftOverlayShims"],
    "Telemetry": ["Threads", "Calendar"],
    "Postgres": ["CPQ", "Threads"],
    "SQLite": ["CSQLite"],
    "Curl": ["CCurl", "Threads"],
    "JSON": ["CSimdJSON"],
    "JSONSchema": ["JSON"],
    "YAML": ["CYAML"],
    "Crypto": ["COpenSSL"],
    "HTTPServer": ["CSockets", "COpenSSL", "CZlib", "Threads"],
    "Processes": ["CSpawn", "Threads"],
    "Arguments": ["Calendar"],

    "Streams": ["JSON", "Threads", "Calendar", "Telemetry"],
    "Expressions": ["JSON", "Calendar", "CPCRE2"],
    "Automation": [
      "Streams", "JSON", "JSONSchema", "YAML", "Expressions", "Calendar",
    ],
    // A second opinion: not a line of the engine's rooms.
    "Verifier": ["Streams", "JSON", "YAML", "Calendar"],
    "Runners": [
      "Automation", "Expressions", "Streams", "JSON", "Curl", "Processes", "Crypto", "Threads",
      "Calendar", "Telemetry",
    ],
    "Connectors": [
      "Streams", "Automation", "JSON", "Postgres", "SQLite", "Processes", "Crypto", "Threads",
      "Calendar", "Telemetry", "CTrap",
    ],
    "API": [
      "Streams", "Automation", "JSON", "Connectors", "HTTPServer", "Crypto", "Threads",
      "Calendar", "Telemetry",
    ],
    "petrel": [
      "API", "Connectors", "Runners", "Automation", "Streams", "Arguments", "Calendar", "Curl",
      "Crypto", "HTTPServer", "JSON", "Telemetry", "Threads", "Verifier", "YAML",
    ],
  ]

  /// What no target is called: such a name says nothing of what is in it.
  static let forbiddenNames: Set<String> = ["Core", "Common", "Utils", "Shared", "Models"]

  /// `Sources/Libraries/JSON/JSONValue.swift` gives `JSON`.
  static func target(ofPath path: String) -> String? {
    let parts = path.split(separator: "/").dropLast().map(String.init)
    guard parts.count >= 2 else { return parts.first == "bench" ? "bench" : nil }
    let isGrouped = parts[1] == "Libraries" || parts[1] == "CLibraries"
    return isGrouped ? (parts.count > 2 ? parts[2] : nil) : parts[1]
  }
}
