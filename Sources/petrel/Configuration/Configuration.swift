import Arguments
import Calendar

/// How the program is set up: a value for every option, with where it came from. Flags win over
/// variables, those over `DIR/petrel.yaml`, that over defaults.
struct Configuration: Sendable {
  enum Source: Sendable, Equatable {
    case flag
    case variable
    case file(path: String, line: Int)
    case builtIn
  }

  struct Setting: Sendable {
    let option: ConfigurationOption
    let value: ConfigurationValue
    let source: Source
  }

  /// In the order of the table, each option once.
  let settings: [Setting]

  private func value(_ option: ConfigurationOption) -> ConfigurationValue {
    guard let setting = settings.first(where: { $0.option.name == option.name }) else {
      preconditionFailure("\(option.name) is missing in the table of options")
    }
    return setting.value
  }

  private func text(_ option: ConfigurationOption) -> String {
    guard case .text(let text) = value(option) else { preconditionFailure("\(option.name)") }
    return text
  }

  private func number(_ option: ConfigurationOption) -> Int {
    guard case .number(let number) = value(option) else { preconditionFailure("\(option.name)") }
    return number
  }

  private func duration(_ option: ConfigurationOption) -> Duration {
    guard case .duration(let time) = value(option) else { preconditionFailure("\(option.name)") }
    return time
  }

  var data: String { text(.data) }
  var listen: ListenPlace {
    guard case .address(let place) = value(.listen) else { preconditionFailure("listen") }
    return place
  }
  /// libpq's connection text; nil: a private server.
  var database: String? { text(.database).isEmpty ? nil : text(.database) }
  /// A name of `Telemetry.Level`.
  var logLevel: String { text(.logLevel) }
  /// A name of `LogOutput.Form`.
  var logFormat: String { text(.logFormat) }
  var intakeBodyBytesMax: Int { number(.intakeBodyMax) }
  var intakeEventBytesMax: Int { number(.intakeEventMax) }
  var connectionsMax: Int { number(.connectionsMax) }
  var names: [String] {
    text(.names).split(separator: ",").map { String($0.filter { $0 != " " }) }
  }
  var workerSlots: Int { number(.workerSlots) }
  var workerName: String { text(.workerName) }
  var workerOutputBytesMax: Int { number(.workerOutputMax) }
  var logSegmentBytesMax: Int { number(.logSegmentMax) }
  var logSegmentAge: Duration { duration(.logSegmentAge) }
  /// Nil: as the file system's size says.
  var freeSpaceBytesMin: Int? {
    if case .number(let bytes) = value(.freeSpaceMin) { bytes } else { nil }
  }
  var dedupWindow: Duration { duration(.dedupWindow) }
  var dedupIDsMax: Int { number(.dedupIDs) }
  var isAuditFull: Bool { text(.audit) == "full" }
  var historyRetention: Duration { duration(.historyRetention) }
  var transportRetention: Duration { duration(.transportRetention) }
  var drainTimeout: Duration { duration(.drainTimeout) }
}

/// One thing to mend before the program can start.
struct ConfigurationMistake: Sendable, Equatable, CustomStringConvertible {
  /// `DIR/petrel.yaml:3:5`, the variable or the flag.
  let place: String
  let message: String

  var description: String { "\(place): \(message)" }
}

/// What there is to read a configuration from.
struct ConfigurationInputs: Sendable {
  /// By the options' names.
  var flags: [String: String]
  var variables: [String: String]
  var hostName: String
}

/// Everything that was found: where there are mistakes the defaults stand in for the wrong values.
struct ConfigurationReading: Sendable {
  let configuration: Configuration
  let mistakes: [ConfigurationMistake]
  /// What is odd and harmless.
  let warnings: [ConfigurationMistake]

  /// - Parameter file: gives the bytes of a file; nil where there is none.
  init(_ inputs: ConfigurationInputs, file: (String) throws -> [UInt8]?) {
    var mistakes: [ConfigurationMistake] = []
    var found: [String: (ConfigurationValue, Configuration.Source)] = [:]
    for option in ConfigurationOption.all {
      for (text, place, source) in Self.candidates(option, inputs) where found[option.name] == nil {
        if let value = option.read(text) {
          found[option.name] = (value, source)
        } else {
          mistakes.append(option.mistake(at: place, found: "'\(text)'", as: text))
        }
      }
    }
    var data = ConfigurationOption.data.defaultText
    if case .text(let text)? = found["data"]?.0 { data = text }
    let path = (data.hasSuffix("/") ? data : data + "/") + "petrel.yaml"
    let inFile = ConfigurationFile.read(path, file)
    mistakes += inFile.mistakes
    for (name, entry) in inFile.values where found[name] == nil {
      found[name] = (entry.value, .file(path: path, line: entry.line))
    }
    configuration = Configuration(
      settings: ConfigurationOption.all.map { option in
        let (value, source) = found[option.name] ?? (Self.builtIn(option, inputs), .builtIn)
        return Configuration.Setting(option: option, value: value, source: source)
      })
    self.mistakes = mistakes
    warnings = Self.unknownVariables(inputs.variables)
  }

  private static func candidates(
    _ option: ConfigurationOption, _ inputs: ConfigurationInputs
  ) -> [(text: String, place: String, source: Configuration.Source)] {
    var list: [(text: String, place: String, source: Configuration.Source)] = []
    if let text = inputs.flags[option.name] { list.append((text, "--\(option.flag)", .flag)) }
    if let text = inputs.variables[option.variable] {
      list.append((text, option.variable, .variable))
    }
    return list
  }

  private static func builtIn(
    _ option: ConfigurationOption, _ inputs: ConfigurationInputs
  ) -> ConfigurationValue {
    let isName = option.name == ConfigurationOption.workerName.name
    guard let value = option.read(isName ? inputs.hostName : option.defaultText) else {
      preconditionFailure("the default of \(option.name) breaks its own bounds")
    }
    return value
  }

  /// Other programs may have variables of this beginning, so they are no mistakes.
  private static func unknownVariables(_ variables: [String: String]) -> [ConfigurationMistake] {
    let known = ConfigurationOption.all.map(\.variable) + [ConnectionOptions.serverVariable]
    return variables.keys.sorted().compactMap { name in
      guard name.hasPrefix("PETREL_"), !known.contains(name) else { return nil }
      let hint = suggestion(for: name, among: known)
      guard !hint.isEmpty else { return nil }
      return ConfigurationMistake(place: name, message: "no option has this variable" + hint)
    }
  }
}

extension ConfigurationOption {
  /// - Parameter text: what was written, where it is a text that may be a misspelt choice.
  func mistake(at place: String, found: String, as text: String?) -> ConfigurationMistake {
    var hint = ""
    if case .choice(let words) = kind, let text { hint = suggestion(for: text, among: words) }
    return ConfigurationMistake(
      place: place, message: "\(name): expected \(expected), found \(found)" + hint)
  }
}
