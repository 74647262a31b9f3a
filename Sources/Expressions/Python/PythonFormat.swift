import Glibc

/// `format % values` with `%s %r %d %i %u %f %e %g %x %X %o %c %%`, flags, width and precision.
struct PythonFormat {
  private static let widthMax = 10_000

  private var rest: Substring.UnicodeScalarView
  private let budget: Budget
  private let values: [Value]
  private let mapping: Value?
  private var used = 0

  private struct Directive {
    var flags: Set<Unicode.Scalar> = []
    var width = 0
    var precision: Int?
    var value = Value.none
  }

  static func format(
    _ format: String, _ values: Value, _ budget: Budget
  ) throws(ExpressionError) -> String {
    var formatter = PythonFormat(format, values, budget)
    return try formatter.run()
  }

  private init(_ format: String, _ values: Value, _ budget: Budget) {
    rest = format.unicodeScalars[...]
    self.budget = budget
    if case .tuple(let values) = values {
      self.values = values
      mapping = nil
    } else {
      self.values = [values]
      // Python takes a list for a mapping here: it need not be used up.
      mapping = values.isMapping || values.isSequence ? values : nil
    }
  }

  private mutating func run() throws(ExpressionError) -> String {
    var text = ""
    while let scalar = rest.popFirst() {
      if scalar == "%" {
        text += try directive()
        try budget.checkOutput(bytes: text.utf8.count)
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    if used < values.count, mapping == nil {
      throw .failed(.init("not all arguments converted during string formatting"))
    }
    return text
  }

  private mutating func directive() throws(ExpressionError) -> String {
    var directive = Directive()
    var named: Value?
    if rest.first == "(" {
      guard let mapping, let end = rest.firstIndex(of: ")") else {
        throw .failed(.init("format requires a mapping"))
      }
      let name = String(rest[rest.index(after: rest.startIndex)..<end])
      rest = rest[rest.index(after: end)...]
      guard let value = mapping.member(name) else {
        throw .failed(.init("there is no '\(name)' to be formatted"))
      }
      named = value
    }
    while let flag = rest.first, "-+ 0#".unicodeScalars.contains(flag) {
      directive.flags.insert(flag)
      rest.removeFirst()
    }
    directive.width = try number() ?? 0
    if rest.first == "." {
      rest.removeFirst()
      directive.precision = try number() ?? 0
    }
    while let size = rest.first, "hlL".unicodeScalars.contains(size) { rest.removeFirst() }
    guard let kind = rest.popFirst() else { throw .failed(.init("incomplete format")) }
    if kind == "%" { return "%" }
    if case nil = named { named = try next() }
    directive.value = try (named ?? .none).settled()
    return pad(try convert(kind, directive), directive, isNumber: !"srac".contains(String(kind)))
  }

  private mutating func number() throws(ExpressionError) -> Int? {
    var digits = ""
    while let digit = rest.first, ("0"..."9").contains(digit) {
      digits.unicodeScalars.append(digit)
      rest.removeFirst()
    }
    if digits.isEmpty { return nil }
    guard let number = Int(digits), number <= Self.widthMax else {
      throw .limitReached(.init("a format wider than \(Self.widthMax)"))
    }
    return number
  }

  private mutating func next() throws(ExpressionError) -> Value {
    guard used < values.count else {
      throw .failed(.init("not enough arguments for format string"))
    }
    used += 1
    return values[used - 1]
  }

  private func convert(
    _ kind: Unicode.Scalar, _ directive: Directive
  ) throws(ExpressionError) -> String {
    let value = directive.value
    switch kind {
    case "s", "r", "a":
      let text =
        try kind == "s" ? PythonPrinter.string(value, budget) : PythonPrinter.repr(value, budget)
      guard let precision = directive.precision else { return text }
      return String(String.UnicodeScalarView(text.unicodeScalars.prefix(precision)))
    case "c":
      if case .string(let text) = value, text.unicodeScalars.count == 1 { return text }
      guard let code = value.wholeIndex.flatMap(UInt32.init(exactly:)),
        let scalar = Unicode.Scalar(code)
      else { throw .failed(.init("%c requires int or char")) }
      return String(scalar)
    case "d", "i", "u": return try whole(value, directive, kind, radix: 10)
    case "x", "X": return try whole(value, directive, kind, radix: 16)
    case "o": return try whole(value, directive, kind, radix: 8)
    case "f", "F", "e", "E", "g", "G": return try floating(value, directive, kind)
    default: throw .failed(.init("unsupported format character '\(kind)'"))
    }
  }

  private func whole(
    _ value: Value, _ directive: Directive, _ kind: Unicode.Scalar, radix: Int
  ) throws(ExpressionError) -> String {
    var number: Int?
    if case .double(let double) = value, radix == 10 {
      number = Int(exactly: double.rounded(.towardZero))
    } else {
      number = value.wholeIndex
    }
    guard let number else {
      throw .failed(
        .init("%\(kind) format: a real number is required, not \(value.typeName)"))
    }
    var digits = String(number.magnitude, radix: radix, uppercase: kind == "X")
    if let precision = directive.precision, digits.count < precision {
      digits = String(repeating: "0", count: precision - digits.count) + digits
    }
    let prefix = radix == 10 || !directive.flags.contains("#") ? "" : radix == 8 ? "0o" : "0\(kind)"
    return sign(number < 0, directive) + prefix + digits
  }

  private func sign(_ isNegative: Bool, _ directive: Directive) -> String {
    if isNegative { return "-" }
    return directive.flags.contains("+") ? "+" : directive.flags.contains(" ") ? " " : ""
  }

  private func floating(
    _ value: Value, _ directive: Directive, _ kind: Unicode.Scalar
  ) throws(ExpressionError) -> String {
    guard let number = value.floating else {
      throw .failed(.init("must be real number, not \(value.typeName)"))
    }
    let precision = min(directive.precision ?? 6, 400)
    var buffer = [CChar](repeating: 0, count: 1024)
    let form = (directive.flags.contains("#") ? "%#.*" : "%.*") + String(kind)
    let count = withVaList([Int32(precision), number.magnitude]) {
      vsnprintf(&buffer, buffer.count, form, $0)
    }
    let digits = buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }
    return sign(number < 0 || (number == 0 && number.sign == .minus), directive)
      + String(decoding: digits, as: UTF8.self)
  }

  private func pad(_ text: String, _ directive: Directive, isNumber: Bool) -> String {
    let missing = directive.width - text.unicodeScalars.count
    guard missing > 0 else { return text }
    if directive.flags.contains("-") { return text + String(repeating: " ", count: missing) }
    guard isNumber, directive.flags.contains("0") else {
      return String(repeating: " ", count: missing) + text
    }
    let head = text.prefix { !$0.isHexDigit }.count
    let zeros = String(repeating: "0", count: missing)
    return String(text.prefix(head)) + zeros + text.dropFirst(head)
  }
}
