import Arguments
import YAML

/// `DIR/petrel.yaml`: a mapping whose keys are options, nested (`worker: {slots: 8}`), dotted
/// (`worker.slots: 8`) or both. An empty file sets nothing. Every mistake in it is found.
struct ConfigurationFile {
  struct Entry {
    let value: ConfigurationValue
    let line: Int
  }

  static let bytesMax = 1 << 20

  private(set) var values: [String: Entry] = [:]
  private(set) var mistakes: [ConfigurationMistake] = []
  private let path: String

  static func read(_ path: String, _ file: (String) throws -> [UInt8]?) -> ConfigurationFile {
    var result = ConfigurationFile(path: path)
    do {
      guard let bytes = try file(path) else { return result }
      var limits = YAMLLimits()
      limits.bytesMax = bytesMax
      let stream = try YAMLStream(parsing: bytes, limits: limits)
      for key in stream.duplicateKeys {
        result.refuse(
          key.place, "'\(key.key)' is given twice, first at line \(key.firstPlace.line)")
      }
      let root = try stream.onlyDocument()
      switch root.value {
      case .null: return result
      case .mapping(let pairs): result.take(pairs, below: "")
      default: result.refuse(root.place, "expected a mapping, found \(root.value.kindName)")
      }
    } catch let error as YAMLError {
      result.refuse(error.place, error.message)
    } catch {
      result.mistakes.append(ConfigurationMistake(place: path, message: "\(error)"))
    }
    return result
  }

  private init(path: String) { self.path = path }

  private mutating func refuse(_ place: YAMLPlace, _ message: String) {
    mistakes.append(ConfigurationMistake(place: "\(path):\(place)", message: message))
  }

  private mutating func take(_ pairs: [YAMLPair], below prefix: String) {
    for pair in pairs {
      guard case .string(let key) = pair.key.value else {
        refuse(pair.key.place, "expected the name of an option, found \(pair.key.value.kindName)")
        continue
      }
      let name = prefix.isEmpty ? key : "\(prefix).\(key)"
      if let option = ConfigurationOption.all.first(where: { $0.name == name }) {
        set(option, pair)
      } else if case .mapping(let inner) = pair.value.value, isGroup(name) {
        take(inner, below: name)
      } else {
        refuseKey(name, pair)
      }
    }
  }

  private func isGroup(_ name: String) -> Bool {
    ConfigurationOption.all.contains { $0.name.hasPrefix(name + ".") }
  }

  private mutating func refuseKey(_ name: String, _ pair: YAMLPair) {
    if isGroup(name) {
      let inside = ConfigurationOption.all.map(\.name).filter { $0.hasPrefix(name + ".") }
      refuse(
        pair.value.place,
        "\(name): expected a mapping with \(inside.joined(separator: ", ")), found "
          + pair.value.value.kindName)
      return
    }
    let known = ConfigurationOption.all.filter(\.isInFile).map(\.name)
    let hint = suggestion(for: name, among: known)
    refuse(
      pair.key.place,
      "expected the name of an option, found '\(name)'"
        + (hint.isEmpty ? "; 'petrel config show' lists them" : hint))
  }

  private mutating func set(_ option: ConfigurationOption, _ pair: YAMLPair) {
    guard option.isInFile else {
      refuse(
        pair.key.place,
        "\(option.name) cannot stand in a file that lies in it: use --\(option.flag) or "
          + option.variable)
      return
    }
    if let before = values[option.name] {
      refuse(pair.key.place, "\(option.name) is given twice, first at line \(before.line)")
      return
    }
    let (text, found) = Self.text(of: pair.value.value)
    guard let text, let value = option.read(text) else {
      mistakes.append(
        option.mistake(at: "\(path):\(pair.value.place)", found: found, as: text))
      return
    }
    values[option.name] = Entry(value: value, line: pair.key.place.line)
  }

  /// What YAML made something else of than text or a whole number is not guessed back: `yes` is no
  /// name and `1:30` no time.
  private static func text(of value: YAMLValue) -> (text: String?, found: String) {
    switch value {
    case .string(let text): (text, "'\(text)'")
    case .int(let number): ("\(number)", "\(number)")
    case .uint(let number): ("\(number)", "\(number)")
    case .bool(let isTrue): (nil, "the boolean \(isTrue); put text into quotes")
    case .double(let number): (nil, "the number \(number)")
    case .null: (nil, "nothing; leave the key out to have the default")
    default: (nil, value.kindName)
    }
  }
}
