import Arguments
import Calendar
import JSON

/// How one command shows what it found: as a table or as JSON, times as ages or exact.
struct Output: Sendable {
  let channel: Channel
  let isJSON: Bool
  let isUTC: Bool
  let now: Instant

  var columnsMax: Int? { channel.columnsMax }

  func paint(_ text: String, _ paint: Paint) -> String {
    guard channel.isColoured, !paint.code.isEmpty, !text.isEmpty else { return text }
    return "\u{1B}[\(paint.code)m\(text)\u{1B}[0m"
  }

  /// `3 min ago`, or as it came with `--utc`; empty for what is missing.
  func time(_ value: JSONValue?) -> String {
    guard let text = value?.stringValue else { return "" }
    guard !isUTC, let instant = Instant(iso8601: text) else { return text }
    return instant.relative(to: now)
  }

  func line(_ text: String) throws { try channel.line(text) }

  func table<Row>(_ columns: [Column<Row>], _ rows: [Row]) throws {
    let layout = TableLayout(columns, for: rows, self)
    try line(layout.header)
    for row in rows { try line(layout.line(row)) }
  }

  /// One document: on many lines for people, as it came for programs.
  func json(_ bytes: [UInt8]) throws {
    if channel.isTerminal, let value = try? JSONValue(parsing: bytes, limits: Client.jsonLimits) {
      return try json(value)
    }
    try line(jsonText(String(decoding: bytes, as: UTF8.self).trimmingLineEnd))
  }

  func json(_ value: JSONValue) throws {
    try line(jsonText(value.text(indent: channel.isTerminal ? 2 : nil)))
  }

  func jsonText(_ text: String) -> String { channel.isTerminal ? SafeText.json(text) : text }

  /// Names and values under each other, the values in one column.
  func fields(_ fields: [(name: String, text: String)]) throws {
    let shown = fields.filter { !$0.text.isEmpty }
    let width = shown.map { TextWidth.columns($0.name) }.max() ?? 0
    for (name, text) in shown {
      let padding = String(repeating: " ", count: width - TextWidth.columns(name) + 2)
      let room = columnsMax.map { max($0 - width - 2, 8) } ?? .max
      let safe = TextWidth.truncated(SafeText.line(text), columnsMax: room)
      let isStatus = name == "status" || name == "outcome"
      try line(paint(name, .faint) + padding + paint(safe, isStatus ? .of(status: text) : .plain))
    }
  }
}

extension String {
  var trimmingLineEnd: String { last?.isNewline == true ? String(dropLast()) : self }
}

/// `--json` and `--utc`.
struct OutputOptions: Sendable {
  let json: Key<Bool>
  let utc: Key<Bool>

  init(in signature: inout Signature) {
    json = signature.flag("json", nil, "Print one JSON document instead of a table")
    utc = signature.flag("utc", nil, "Print exact times in UTC instead of ages")
  }
}
