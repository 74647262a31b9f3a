/// Prints values as Python's `str` and `repr` do. Ends with `limitReached` when the text grows over
/// its limit or the value is nested too deep.
struct PythonPrinter {
  private(set) var text = ""
  let budget: Budget

  init(_ budget: Budget) { self.budget = budget }

  /// `str(value)`
  static func string(_ value: Value, _ budget: Budget) throws(ExpressionError) -> String {
    switch value {
    case .string(let text): return text
    case .int(let value): return String(value)
    case .lookup, .undefined: return try string(try value.settled(), budget)
    default:
      var printer = PythonPrinter(budget)
      try printer.printRepr(value, depth: 0)
      return printer.text
    }
  }

  /// `repr(value)`
  static func repr(_ value: Value, _ budget: Budget) throws(ExpressionError) -> String {
    var printer = PythonPrinter(budget)
    try printer.printRepr(value, depth: 0)
    return printer.text
  }

  private mutating func printRepr(_ value: Value, depth: Int) throws(ExpressionError) {
    switch value {
    case .none: text += "None"
    case .bool(let value): text += value ? "True" : "False"
    case .int(let value): text += String(value)
    case .uint(let value): text += String(value)
    case .double(let value): text += PythonNumbers.text(value)
    case .string(let value): text += Self.quoted(value)
    case .undefined: text += "Undefined"
    case .lookup: try printRepr(try value.settled(), depth: depth)
    case .list, .tuple, .dict, .view, .owned: try printContainer(value, depth: depth + 1)
    }
    try budget.checkOutput(bytes: text.utf8.count)
  }

  private mutating func printContainer(_ value: Value, depth: Int) throws(ExpressionError) {
    try budget.checkDepth(depth)
    if let entries = value.entries {
      text += "{"
      for (index, entry) in entries.enumerated() {
        if index > 0 { text += ", " }
        try printRepr(entry.key, depth: depth)
        text += ": "
        try printRepr(entry.value, depth: depth)
      }
      text += "}"
      return
    }
    let elements = value.elements ?? []
    let isTuple = value.typeName == "tuple"
    text += isTuple ? "(" : "["
    for (index, element) in elements.enumerated() {
      if index > 0 { text += ", " }
      try printRepr(element, depth: depth)
    }
    if isTuple, elements.count == 1 { text += "," }
    text += isTuple ? ")" : "]"
  }

  /// Single quotes, unless the text holds one and no double quote.
  static func quoted(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
    var quoted = String(quote)
    for scalar in scalars {
      switch scalar {
      case quote, "\\": quoted += "\\\(scalar)"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case _ where PythonText.isPrintable(scalar): quoted.unicodeScalars.append(scalar)
      default: quoted += escape(scalar.value)
      }
    }
    return quoted + String(quote)
  }

  private static func escape(_ value: UInt32) -> String {
    let (mark, width) = value < 0x100 ? ("x", 2) : value < 0x10000 ? ("u", 4) : ("U", 8)
    let digits = String(value, radix: 16)
    return "\\" + mark + String(repeating: "0", count: width - digits.count) + digits
  }
}
