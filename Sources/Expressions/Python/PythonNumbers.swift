/// Numbers as Python reads and prints them. Integers reach from `Int.min` to `UInt64.max` where
/// they come from JSON and to `Int.max` where they are computed; beyond that an operation fails.
enum PythonNumbers {
  /// `repr(float)`: the shortest digits that read back, with an exponent below 1e-4 and from 1e16.
  static func text(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    if value == 0 { return value.sign == .minus ? "-0.0" : "0.0" }
    let (digits, exponent) = shortest(value.magnitude)
    let sign = value < 0 ? "-" : ""
    if exponent < -4 || exponent >= 16 {
      let tail = digits.count > 1 ? "." + String(decoding: digits[1...], as: UTF8.self) : ""
      let size = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
      let head = String(decoding: digits[..<1], as: UTF8.self)
      return "\(sign)\(head)\(tail)e\(exponent < 0 ? "-" : "+")\(size)"
    }
    let zero = UInt8(ascii: "0")
    var text = digits
    if exponent < 0 {
      text = [zero, UInt8(ascii: ".")] + Array(repeating: zero, count: -exponent - 1) + digits
    } else if digits.count <= exponent + 1 {
      text += Array(repeating: zero, count: exponent + 1 - digits.count) + Array(".0".utf8)
    } else {
      text.insert(UInt8(ascii: "."), at: exponent + 1)
    }
    return sign + String(decoding: text, as: UTF8.self)
  }

  /// Digits without leading and trailing zeros, and the power of ten of the first one.
  private static func shortest(_ value: Double) -> (digits: [UInt8], exponent: Int) {
    var digits: [UInt8] = []
    var point: Int?
    var power = 0
    var text = value.description.utf8[...]
    if let mark = text.firstIndex(of: UInt8(ascii: "e")) {
      power = Int(Substring(text[text.index(after: mark)...])) ?? 0
      text = text[..<mark]
    }
    for byte in text {
      if byte == UInt8(ascii: ".") { point = digits.count } else { digits.append(byte) }
    }
    var exponent = (point ?? digits.count) - 1 + power
    while digits.count > 1, digits.first == UInt8(ascii: "0") {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
    return (digits, exponent)
  }

  /// `float(text)`; nil where Python raises ValueError.
  static func float(_ text: String) -> Double? {
    var rest = ascii(PythonText.strip(text))[...]
    var isNegative = false
    if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      isNegative = sign == UInt8(ascii: "-")
      rest = rest.dropFirst()
    }
    let word = String(decoding: rest, as: UTF8.self).lowercased()
    let magnitude: Double
    switch word {
    case "inf", "infinity": magnitude = .infinity
    case "nan": magnitude = .nan
    default:
      guard let plain = decimal(rest), let value = Double(plain) else { return nil }
      magnitude = value
    }
    return isNegative ? -magnitude : magnitude
  }

  /// `digits [. digits] [e [sign] digits]` with single underscores between digits taken out.
  private static func decimal(_ bytes: ArraySlice<UInt8>) -> String? {
    var scan = NumberScan(rest: bytes)
    let whole = scan.digits()
    var fraction = ""
    var hasPoint = false
    if scan.take(".") {
      hasPoint = true
      fraction = scan.digits() ?? ""
    }
    guard whole != nil || (hasPoint && !fraction.isEmpty) else { return nil }
    var text = (whole ?? "0") + "." + (fraction.isEmpty ? "0" : fraction)
    if scan.take("e") || scan.take("E") {
      let sign = scan.take("-") ? "-" : scan.take("+") ? "+" : ""
      guard let power = scan.digits() else { return nil }
      text += "e" + sign + power
    }
    return scan.rest.isEmpty ? text : nil
  }

  /// `int(text)`; nil where Python raises ValueError and where 64 bits do not hold the number.
  static func int(_ text: String, radix: Int = 10) -> Int? {
    var scan = NumberScan(rest: ascii(PythonText.strip(text))[...])
    let isNegative = scan.take("-")
    if !isNegative { _ = scan.take("+") }
    let letter = [2: "b", 8: "o", 16: "x"][radix]
    if let letter, scan.rest.count > 2, scan.take("0") {
      if scan.take(letter) || scan.take(letter.uppercased()) {
        _ = scan.take("_")
      } else {
        scan.rest = [UInt8(ascii: "0")] + scan.rest
      }
    }
    guard let digits = scan.digits(radix: radix), scan.rest.isEmpty else { return nil }
    return Int((isNegative ? "-" : "") + digits, radix: radix)
  }

  /// The text in ASCII: decimal digits of other scripts become ours, anything else `?`.
  private static func ascii(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { scalar in
      if scalar.isASCII { return UInt8(scalar.value) }
      guard scalar.properties.generalCategory == .decimalNumber,
        let value = scalar.properties.numericValue
      else { return UInt8(ascii: "?") }
      return UInt8(ascii: "0") + UInt8(value)
    }
  }
}

/// Reads a number from the left.
private struct NumberScan {
  var rest: ArraySlice<UInt8>

  mutating func take(_ character: String) -> Bool {
    guard let byte = rest.first, byte == character.utf8.first else { return false }
    rest = rest.dropFirst()
    return true
  }

  /// One or more digits; a single underscore may stand between two.
  mutating func digits(radix: Int = 10) -> String? {
    var digits = ""
    while let byte = rest.first {
      let character = Character(Unicode.Scalar(byte))
      if let value = character.hexDigitValue ?? letterValue(byte), value < radix {
        digits.append(character)
        rest = rest.dropFirst()
      } else if byte == UInt8(ascii: "_"), !digits.isEmpty, let next = rest.dropFirst().first,
        let value = Character(Unicode.Scalar(next)).hexDigitValue ?? letterValue(next),
        value < radix
      {
        rest = rest.dropFirst()
      } else {
        break
      }
    }
    return digits.isEmpty ? nil : digits
  }

  private func letterValue(_ byte: UInt8) -> Int? {
    let lowered = byte | 0x20
    return (0x61...0x7A).contains(lowered) ? Int(lowered) - 0x61 + 10 : nil
  }
}
