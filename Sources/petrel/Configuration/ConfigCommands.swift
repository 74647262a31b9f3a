import Arguments
import JSON

/// `petrel config`: how a start with the same flags, variables and file would be set up.
struct ConfigCommands {
  let program: Program

  var group: Command {
    Command("config", "Show and check how the program is set up", [show, check])
  }

  private var show: Command {
    Command(
      "show", "Print each option's value, where it came from, its unit and its default",
      details: """
        Values come from flags, then PETREL_ variables, then DIR/petrel.yaml, then defaults. Names \
        are the same everywhere: worker.slots, PETREL_WORKER_SLOTS, --worker-slots.
          petrel config show --data /var/lib/petrel
          PETREL_LOG_LEVEL=debug petrel config show --json
        """
    ) { c in
      let flags = ConfigurationFlags(in: &c)
      let format = OutputOptions(in: &c)
      return { [program] values in
        let reading = program.configuration(values, flags: flags.texts(values))
        let output = program.output(values, format)
        if output.isJSON {
          try output.json(.array(reading.configuration.settings.map(\.json)))
        } else {
          try output.table(Self.columns, reading.configuration.settings)
        }
        try program.report(reading)
      }
    }
  }

  private var check: Command {
    Command(
      "check", "Say whether the program can start as it is set up",
      details: """
        Names every mistake with its place and what was expected; exit code 1 if there is one.
          petrel config check --data /var/lib/petrel
        """
    ) { c in
      let flags = ConfigurationFlags(in: &c)
      return { [program] values in
        try program.report(program.configuration(values, flags: flags.texts(values)))
        try program.surroundings.output.line("the configuration is sound")
      }
    }
  }

  private static let columns: [Column<Configuration.Setting>] = [
    Column("NAME") { setting, _ in setting.option.name },
    Column("VALUE", isFlexible: true) { setting, _ in setting.shownText },
    Column("SOURCE", isFlexible: true) { setting, _ in setting.sourceText },
    Column("UNIT") { setting, _ in setting.option.unit },
    Column("DEFAULT") { setting, _ in setting.option.defaultText },
    Column("ABOUT", isFlexible: true) { setting, _ in setting.option.summary },
  ]
}

extension Configuration.Setting {
  var sourceText: String {
    switch source {
    case .flag: "--\(option.flag)"
    case .variable: option.variable
    case .file(let path, let line): "\(path):\(line)"
    case .builtIn: "default"
    }
  }

  /// Without the password that a connection text may hold.
  var shownText: String {
    let text = option.text(of: value)
    return option.name == ConfigurationOption.database.name ? ConnectionText.hidden(text) : text
  }

  var json: JSONValue {
    .object([
      "name": .string(option.name), "value": .string(shownText), "source": .string(sourceText),
      "unit": .string(option.unit), "default": .string(option.defaultText),
      "about": .string(option.summary),
    ])
  }
}

/// libpq's two forms of saying where a database is: `host=… password=…` and `postgresql://…`.
enum ConnectionText {
  /// With `***` for passwords.
  static func hidden(_ text: String) -> String {
    if let scheme = text.firstRange(ofText: "://") {
      return hiddenInURL(text, after: scheme.upperBound)
    }
    var result = ""
    var rest = text[...]
    while let found = rest.firstRange(ofText: "password") {
      let name = rest[..<found.upperBound]
      let value = rest[found.upperBound...].drop { $0 == " " || $0 == "=" }
      let gap = rest[found.upperBound..<value.startIndex]
      result += name
      rest = value
      if gap.contains("=") {
        result += gap + "***"
        rest = value[end(ofValue: value)...]
      }
    }
    return result + rest
  }

  private static func end(ofValue text: Substring) -> Substring.Index {
    let isQuoted = text.first == "'"
    var index = isQuoted ? text.index(after: text.startIndex) : text.startIndex
    while index < text.endIndex {
      if text[index] == "\\" {
        index = text.index(after: index)
        if index == text.endIndex { break }
      } else if isQuoted, text[index] == "'" {
        return text.index(after: index)
      } else if !isQuoted, text[index] == " " {
        return index
      }
      index = text.index(after: index)
    }
    return text.endIndex
  }

  private static func hiddenInURL(_ text: String, after start: String.Index) -> String {
    let authority = text[start...].prefix { $0 != "/" && $0 != "?" }
    var result = String(text[..<start])
    if let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") {
      result += text[start...colon] + "***" + text[at...]
    } else {
      result += text[start...]
    }
    guard let query = result.firstIndex(of: "?") else { return result }
    let parts = result[query...].dropFirst().split(separator: "&").map { part in
      part.hasPrefix("password=") ? "password=***" : String(part)
    }
    return result[..<query] + "?" + parts.joined(separator: "&")
  }
}

extension StringProtocol where SubSequence == Substring {
  /// Where `text`, which is not empty, first stands.
  func firstRange(ofText text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) {
        return start..<index(start, offsetBy: text.count)
      }
      start = index(after: start)
    }
    return nil
  }
}
