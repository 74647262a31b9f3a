/// `json.dumps` as Python writes it: ASCII only, spaces behind separators unless told otherwise,
/// floats as `repr` prints them, `NaN` and `Infinity` by name.
struct PythonJSON {
  var indent: Int?
  var sortsKeys = false
  var itemSeparator = ", "
  var keySeparator = ": "
  let budget: Budget
  private var text = ""

  init(_ budget: Budget) { self.budget = budget }

  static func dumps(_ value: Value, _ budget: Budget) throws(ExpressionError) -> String {
    var writer = PythonJSON(budget)
    return try writer.dumps(value)
  }

  mutating func dumps(_ value: Value) throws(ExpressionError) -> String {
    text = ""
    try write(value, depth: 0)
    return text
  }

  private mutating func write(_ value: Value, depth: Int) throws(ExpressionError) {
    switch value {
    case .none: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .int(let value): text += String(value)
    case .uint(let value): text += String(value)
    case .double(let value): text += Self.number(value)
    case .string(let value): Self.quote(value, into: &text)
    case .undefined(let undefined): throw .undefined(.init(undefined.message))
    case .lookup: try write(try value.settled(), depth: depth)
    case .list, .tuple, .dict, .view, .owned:
      try budget.checkDepth(depth + 1)
      if let entries = value.entries {
        try writeObject(entries, depth: depth + 1)
      } else {
        try writeArray(value.elements ?? [], depth: depth + 1)
      }
    }
    try budget.checkOutput(bytes: text.utf8.count)
  }

  private mutating func writeArray(_ elements: [Value], depth: Int) throws(ExpressionError) {
    if elements.isEmpty {
      text += "[]"
      return
    }
    text += "["
    for (index, element) in elements.enumerated() {
      separate(index, depth: depth)
      try write(element, depth: depth)
    }
    newLine(depth: depth - 1)
    text += "]"
  }

  private mutating func writeObject(
    _ entries: [(key: Value, value: Value)], depth: Int
  ) throws(ExpressionError) {
    var members: [(key: String, value: Value)] = []
    for entry in entries { members.append((try Value.jsonKey(entry.key), entry.value)) }
    if sortsKeys { members.sort { PythonText.less($0.key, $1.key) } }
    if members.isEmpty {
      text += "{}"
      return
    }
    text += "{"
    for (index, member) in members.enumerated() {
      separate(index, depth: depth)
      Self.quote(member.key, into: &text)
      text += keySeparator
      try write(member.value, depth: depth)
    }
    newLine(depth: depth - 1)
    text += "}"
  }

  private mutating func separate(_ index: Int, depth: Int) {
    if index > 0 { text += itemSeparator }
    newLine(depth: depth)
  }

  private mutating func newLine(depth: Int) {
    if let indent { text += "\n" + String(repeating: " ", count: indent * depth) }
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    return PythonNumbers.text(value)
  }

  static func quote(_ value: String, into text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{8}": text += "\\b"
      case "\u{C}": text += "\\f"
      case " "..."~": text.unicodeScalars.append(scalar)
      default:
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      }
    }
    text += "\""
  }
}
