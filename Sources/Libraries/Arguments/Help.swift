/// The text of `--help` for the command that a parser has reached. No line is wider than 100
/// columns, save names and words that are.
struct Help {
  static let width = 100
  /// Where the second column begins at the latest.
  private static let columnMax = 34

  private let parser: Parser
  private var command: Command { parser.command }

  init(_ parser: Parser) { self.parser = parser }

  var text: String {
    var lines = Help.wrapped(command.help, width: Help.width)
    if !command.details.isEmpty { lines += [""] + details }
    lines += [""] + usage
    lines += table("Commands:", command.children.filter { !$0.isHidden }.map { ($0.name, $0.help) })
    let slots = command.signature.slots
    lines += table("Arguments:", slots.filter { !$0.isOption }.map { ($0.name, Help.about($0)) })
    let isGroup = command.body == nil
    let own = slots.filter { $0.isOption && !isGroup }.map { (Help.title($0), Help.about($0)) }
    var rows = own + [("-h, --help", "Show this help")]
    if command.version != nil { rows.append(("    --version", "Show the version")) }
    let shared = ((isGroup ? slots : []) + parser.shared).map { (Help.title($0), Help.about($0)) }
    let column = Help.column(rows + shared)
    lines += table("Options:", rows, column: column)
    lines += table("Shared options:", shared, column: column)
    return lines.joined(separator: "\n") + "\n"
  }

  private var details: [String] {
    command.details.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line in
      line.hasPrefix(" ") ? [String(line)] : Help.wrapped(String(line), width: Help.width)
    }
  }

  private var usage: [String] {
    var parts = parser.options.isEmpty ? [] : ["[options]"]
    let required = command.signature.slots.filter { $0.isOption && $0.initial == nil }
    parts += required.map { "\($0.title) <\($0.placeholder)>" }
    parts += command.signature.slots.filter { !$0.isOption }.map(\.title)
    if command.body == nil { parts.append("<command>") }
    let text = (["Usage:", parser.path] + parts).joined(separator: " ")
    let lines = Help.wrapped(text, width: Help.width - 2)
    return lines.prefix(1) + lines.dropFirst().map { "  " + $0 }
  }

  private static func title(_ slot: Slot) -> String {
    let letter = slot.letter.map { "-\($0), " } ?? "    "
    return letter + "--\(slot.name)" + (slot.isFlag ? "" : " <\(slot.placeholder)>")
  }

  private static func about(_ slot: Slot) -> String {
    var notes: [String] = []
    if slot.isOption, slot.initial == nil { notes.append("required") }
    if slot.isRepeated { notes.append("may be repeated") }
    if !slot.isOption, !slot.choices.isEmpty { notes.append(slot.choices.joined(separator: ", ")) }
    if let text = slot.defaultText { notes.append("default: \(text)") }
    return slot.help + (notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))")
  }

  /// Where the second column begins: after the longest name that leaves it enough room.
  private static func column(_ rows: [(String, String)]) -> Int {
    rows.map { $0.0.count + 4 }.filter { $0 <= Help.columnMax }.max() ?? Help.columnMax
  }

  private func table(
    _ title: String, _ rows: [(String, String)], column: Int? = nil
  ) -> [String] {
    guard !rows.isEmpty else { return [] }
    let column = column ?? Help.column(rows)
    var lines = ["", title]
    for (name, about) in rows {
      var texts = Help.wrapped(about, width: Help.width - column)
      let isNarrow = name.count + 4 <= column
      let first = isNarrow && !texts.isEmpty ? texts.removeFirst() : ""
      let padding = first.isEmpty ? 0 : column - 2 - name.count
      lines.append("  " + name + String(repeating: " ", count: padding) + first)
      lines += texts.map { String(repeating: " ", count: column) + $0 }
    }
    return lines
  }

  /// At spaces; a word that is too wide stands alone.
  static func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return line.isEmpty && !lines.isEmpty ? lines : lines + [line]
  }
}
