/// Runs over the bytes of a scalar; each `take` moves only when it finds what it is for.
struct ScalarCursor {
  private let bytes: UnsafeBufferPointer<UInt8>
  private(set) var position = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }
  var isAtDigit: Bool { !isAtEnd && bytes[position].digit(radix: 10) != nil }
  var rest: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: bytes[position...]) }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard !isAtEnd, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func takeSign() -> Bool { take("-") || take("+") }

  /// How many bytes were skipped.
  @discardableResult
  mutating func skip(while isMember: (UInt8) -> Bool) -> Int {
    let start = position
    while !isAtEnd, isMember(bytes[position]) { position += 1 }
    return position - start
  }

  mutating func skipDigitsAndUnderscores() {
    skip { $0.digit(radix: 10) != nil || $0.isOne(of: "_") }
  }

  /// As many digits as there are, up to the upper bound; nil when they are fewer than the lower.
  mutating func takeNumber(digits: ClosedRange<Int>) -> Int? {
    let start = position
    var number = 0
    while position - start < digits.upperBound, isAtDigit {
      number = number * 10 + Int(bytes[position] - UInt8(ascii: "0"))
      position += 1
    }
    return position - start >= digits.lowerBound ? number : nil
  }

  /// `(:[0-5]?[0-9])+`
  mutating func takeSexagesimalTail() -> Bool {
    var count = 0
    while true {
      let start = position
      guard take(":"), isAtDigit else {
        position = start
        return count > 0
      }
      let first = bytes[position]
      position += 1
      if isAtDigit {
        guard first <= UInt8(ascii: "5") else {
          position = start
          return count > 0
        }
        position += 1
      }
      count += 1
    }
  }

  /// `([eE][-+][0-9]+)?`; false where an exponent begins and is not one.
  mutating func takeExponent() -> Bool {
    guard take("e") || take("E") else { return true }
    guard takeSign() else { return false }
    return skip { $0.digit(radix: 10) != nil } > 0
  }
}

extension UInt8 {
  /// The value of an ASCII digit or letter below the radix.
  func digit(radix: UInt8) -> UInt8? {
    let value: UInt8
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): value = self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): value = self - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = self - UInt8(ascii: "A") + 10
    default: return nil
    }
    return value < radix ? value : nil
  }

  func isOne(of characters: StaticString) -> Bool {
    characters.withUTF8Buffer { $0.contains(self) }
  }
}

extension UnsafeBufferPointer<UInt8> {
  func isOne(of words: StaticString...) -> Bool {
    words.contains { word in word.withUTF8Buffer { elementsEqual($0) } }
  }
}
