/// A request path taken apart at its slashes and decoded after that, so that an escaped slash stays
/// inside its segment. Dot segments are refused: no client needs them, and they climb out of
/// folders.
struct PathSegments {
  static let countMax = 64

  private var decoded: [[UInt8]] = []

  var count: Int { decoded.count }

  /// Says what is wrong, if anything is. One slash at the end is no segment.
  mutating func read(_ path: UnsafeRawBufferPointer) -> String? {
    var start = 1
    while start < path.count {
      var end = start
      var isPlain = true
      while end < path.count, path[end] != 0x2f {
        if path[end] == 0x25 { isPlain = false }
        end += 1
      }
      let raw = UnsafeRawBufferPointer(rebasing: path[start..<end])
      guard let text = isPlain ? [UInt8](raw) : PercentDecoding.bytes(raw, .path),
        isPlain || String(validating: text, as: UTF8.self) != nil
      else {
        return "The path has a malformed percent escape, a NUL or text that is not UTF-8."
      }
      if Self.hasDots(text) { return "The path holds a dot segment." }
      if decoded.count == Self.countMax {
        return "The path has more than \(Self.countMax) segments."
      }
      decoded.append(text)
      start = end + 1
    }
    return nil
  }

  /// An escaped slash is looked through, for whoever uses the text as a file's path.
  private static func hasDots(_ text: [UInt8]) -> Bool {
    guard text.contains(0x2e) else { return false }
    return text.split(separator: 0x2f).contains { $0 == [0x2e] || $0 == [0x2e, 0x2e] }
  }

  func equals(_ index: Int, _ text: [UInt8]) -> Bool { decoded[index] == text }

  func isEmpty(_ index: Int) -> Bool { decoded[index].isEmpty }

  func bytes(_ index: Int) -> [UInt8] { decoded[index] }

  func joined(from index: Int) -> [UInt8] {
    [UInt8](decoded[index...].joined(separator: CollectionOfOne(0x2f)))
  }
}
