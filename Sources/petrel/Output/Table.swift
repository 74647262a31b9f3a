import Calendar

/// One column of a table of rows.
struct Column<Row>: Sendable {
  enum Style: Sendable { case plain, status, faint }

  let title: String
  /// May be cut where the terminal is too narrow.
  let isFlexible: Bool
  let style: Style
  let text: @Sendable (Row, Output) -> String

  init(
    _ title: String, isFlexible: Bool = false, style: Style = .plain,
    _ text: @escaping @Sendable (Row, Output) -> String
  ) {
    self.title = title
    self.isFlexible = isFlexible
    self.style = style
    self.text = text
  }
}

/// Lays rows out in columns. On a terminal every line fits its width: flexible columns are cut
/// first, the widest most, and then whatever still goes beyond the edge. Elsewhere nothing is cut,
/// so that other programs get the whole text.
struct TableLayout<Row> {
  static var flexibleColumnsMin: Int { 8 }
  private static var gap: Int { 2 }

  private let columns: [Column<Row>]
  private let widths: [Int]
  private let output: Output

  /// - Parameter rows: decide on the widths; later pages keep them.
  init(_ columns: [Column<Row>], for rows: [Row], _ output: Output) {
    self.columns = columns
    self.output = output
    let natural = columns.map { column in
      rows.map { TextWidth.columns(SafeText.line(column.text($0, output))) }.max() ?? 0
    }
    widths = Self.fitted(
      zip(columns, natural).map { max(TextWidth.columns($0.title), $1) },
      flexible: columns.map(\.isFlexible), columnsMax: output.columnsMax)
  }

  static func fitted(_ natural: [Int], flexible: [Bool], columnsMax: Int?) -> [Int] {
    guard let columnsMax else { return natural }
    var widths = natural
    var over = widths.reduce(0, +) + gap * (widths.count - 1) - columnsMax
    while over > 0 {
      let shrinking = widths.indices.filter { flexible[$0] && widths[$0] > flexibleColumnsMin }
      guard let widest = shrinking.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
      over -= 1
    }
    return widths
  }

  var header: String { line(columns.map { ($0.title, .faint) }) }

  func line(_ row: Row) -> String {
    line(columns.map { (SafeText.line($0.text(row, output)), $0.style) })
  }

  private func line(_ cells: [(text: String, style: Column<Row>.Style)]) -> String {
    var line = ""
    var left = output.columnsMax ?? .max
    for (index, cell) in cells.enumerated() where left > 0 {
      let isLast = index == cells.count - 1
      // Only a terminal cuts; elsewhere a later page may be wider than the first.
      let room = output.columnsMax == nil ? Int.max : min(widths[index], left)
      let text = TextWidth.truncated(cell.text, columnsMax: room)
      let used = TextWidth.columns(text)
      line += styled(text, cell.style)
      guard !isLast else { break }
      let padding = min(max(widths[index] - used, 0) + Self.gap, left - used)
      line += String(repeating: " ", count: padding)
      left -= used + padding
    }
    return line.trimmingSpaces
  }

  private func styled(_ text: String, _ style: Column<Row>.Style) -> String {
    switch style {
    case .plain: text
    case .faint: output.paint(text, .faint)
    case .status: output.paint(text, .of(status: text))
    }
  }
}

extension String {
  var trimmingSpaces: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
