import Arguments
import Calendar
import Glibc
import JSON

/// What all commands share: where they read and write, and what the other rooms do for them.
struct Program: Sendable {
  let surroundings: Surroundings
  let hooks: Hooks
  /// For every command; the folder is the first word of a configuration.
  let data: Key<String?>
  let shared: Signature

  init(_ surroundings: Surroundings, _ hooks: Hooks) {
    self.surroundings = surroundings
    self.hooks = hooks
    var shared = Signature()
    data = shared.optional(
      "data", "d", String.self,
      "\(ConfigurationOption.data.summary) (default: PETREL_DATA, else ./data)")
    self.shared = shared
  }

  /// - Parameter flags: by the options' names, without `data`.
  func configuration(_ values: Values, flags: [String: String] = [:]) -> ConfigurationReading {
    var flags = flags
    flags["data"] = values[data]
    let inputs = ConfigurationInputs(
      flags: flags, variables: surroundings.variables, hostName: surroundings.hostName)
    return ConfigurationReading(inputs) { path throws(LocalFile.Fault) in
      try LocalFile.bytes(of: path, bytesMax: ConfigurationFile.bytesMax)
    }
  }

  /// Says what is odd and ends the command if something is wrong.
  func report(_ reading: ConfigurationReading) throws {
    for warning in reading.warnings { try surroundings.errors.line("warning: \(warning)") }
    for mistake in reading.mistakes { try surroundings.errors.line("error: \(mistake)") }
    if !reading.mistakes.isEmpty { throw ExitCode(ExitCode.failure) }
  }

  func output(_ values: Values, _ options: OutputOptions) -> Output {
    Output(
      channel: surroundings.output, isJSON: values[options.json], isUTC: values[options.utc],
      now: surroundings.now())
  }
}

/// The process as commands see it.
struct Surroundings: Sendable {
  let output: Channel
  let errors: Channel
  let variables: [String: String]
  let hostName: String
  let now: @Sendable () -> Instant

  static func ofProcess() -> Surroundings {
    let variables = environmentVariables()
    return Surroundings(
      output: Channel(descriptor: 1, variables: variables),
      errors: Channel(descriptor: 2, variables: variables), variables: variables,
      hostName: Self.readHostName(), now: { Instant.now() })
  }

  private static func environmentVariables() -> [String: String] {
    var variables: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
      let text = String(cString: entry)
      if let equals = text.firstIndex(of: "=") {
        variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
      }
      next += 1
    }
    return variables
  }

  private static func readHostName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
    let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return bytes.isEmpty ? "localhost" : String(decoding: bytes, as: UTF8.self)
  }
}

/// What rooms beyond the libraries do for commands. `Wiring` fills it.
struct Hooks: Sendable {
  /// Reading commands call it when no server runs on the folder; nil: they need one.
  var readOffline: (@Sendable (Configuration) async throws -> Client)?
  /// Reads a pack's folder.
  var packFiles: @Sendable (_ folder: String) throws -> (name: String, files: [PackFile])
  /// The diagnostics of a pack's folder: objects with severity, file, line, column, message, hint.
  var packCheck: @Sendable (_ folder: String) throws -> [JSONValue]

  struct PackFile: Sendable {
    /// Below the folder.
    let path: String
    let isExecutable: Bool
    let bytes: [UInt8]
  }
}
