/// A request path taken apart at its slashes and decoded after that, so that an escaped slash stays
/// inside its segment. Dot segments are refused: no client needs them, and they climb out of
/// folders.
enum PathSegments {
  static let countMax = 64

  enum Outcome<Value> {
    case value(Value)
    case malformed(String)
  }

  /// Segments are ranges into bytes that last as long as the call. One slash at the end is no
  /// segment.
  typealias Body<Value> = (_ bytes: UnsafeRawBufferPointer, _ segments: [Range<Int>]) -> Value

  static func read<Value>(
    _ path: UnsafeRawBufferPointer, _ body: Body<Value>
  ) -> Outcome<Value> {
    var segments: [Range<Int>] = []
    segments.reserveCapacity(8)
    var start = 1, hasEscapes = false
    while start < path.count {
      var end = start
      while end < path.count, path[end] != 0x2f {
        if path[end] == 0x25 { hasEscapes = true }
        end += 1
      }
      if segments.count == countMax {
        return .malformed("The path has more than \(countMax) segments.")
      }
      segments.append(start..<end)
      start = end + 1
    }
    if hasEscapes { return decode(path, segments, body) }
    if hasDots(path, segments) { return .malformed("The path holds a dot segment.") }
    return .value(body(path, segments))
  }

  private static func decode<Value>(
    _ path: UnsafeRawBufferPointer, _ segments: [Range<Int>], _ body: Body<Value>
  ) -> Outcome<Value> {
    var all: [UInt8] = []
    var decoded: [Range<Int>] = []
    for segment in segments {
      guard let text = PercentDecoding.bytes(.init(rebasing: path[segment]), .path),
        String(validating: text, as: UTF8.self) != nil
      else {
        return .malformed(
          "The path has a malformed percent escape, a NUL or text that is not UTF-8.")
      }
      decoded.append(all.count..<(all.count + text.count))
      all += text
      all.append(0x2f)
    }
    return all.withUnsafeBytes { bytes in
      if hasDots(bytes, decoded) { return .malformed("The path holds a dot segment.") }
      return .value(body(bytes, decoded))
    }
  }

  /// An escaped slash is looked through, for whoever uses the text as a file's path.
  private static func hasDots(_ bytes: UnsafeRawBufferPointer, _ segments: [Range<Int>]) -> Bool {
    for segment in segments {
      var dots = 0, others = 0
      for index in segment {
        switch bytes[index] {
        case 0x2e: dots += 1
        case 0x2f:
          if others == 0, dots == 1 || dots == 2 { return true }
          dots = 0
          others = 0
        default: others += 1
        }
      }
      if others == 0, dots == 1 || dots == 2 { return true }
    }
    return false
  }
}
