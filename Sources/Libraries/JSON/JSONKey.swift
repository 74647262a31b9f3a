import Glibc

/// A member's name made ready for looking it up many times: two words for the comparison of the
/// first eight bytes, the rest by memory. Names are compared byte by byte, as JSON wants it, never
/// by Unicode's equivalence.
public struct JSONKey: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  @usableFromInline let utf8: [UInt8]
  @usableFromInline let head: UInt64

  public init(_ name: String) {
    utf8 = Array(name.utf8)
    head = utf8.withUnsafeBufferPointer { JSONKeyBytes.head(of: $0) }
  }

  public init(stringLiteral name: String) { self.init(name) }

  public var description: String { String(decoding: utf8, as: UTF8.self) }

  @inlinable func withBytes<Result>(_ body: (JSONKeyBytes) -> Result) -> Result {
    utf8.withUnsafeBufferPointer { body(JSONKeyBytes($0, head: head)) }
  }
}

/// A name during one look-up. Reads eight bytes of the other side whatever the length, which a tape
/// allows.
@usableFromInline struct JSONKeyBytes {
  @usableFromInline let start: UnsafePointer<UInt8>?
  @usableFromInline let count: Int
  @usableFromInline let head: UInt64
  @usableFromInline let mask: UInt64

  @inlinable init(_ name: UnsafeBufferPointer<UInt8>, head: UInt64) {
    start = name.baseAddress
    count = name.count
    self.head = head
    mask = name.count >= 8 ? .max : (1 &<< UInt64(truncatingIfNeeded: 8 &* name.count)) &- 1
  }

  @inlinable init(_ name: UnsafeBufferPointer<UInt8>) {
    self.init(name, head: Self.head(of: name))
  }

  @inlinable static func head(of name: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var head: UInt64 = 0
    for place in (0..<min(8, name.count)).reversed() { head = head &<< 8 | UInt64(name[place]) }
    return head
  }

  /// Whether the `count` bytes at `other` are the name's.
  @inlinable @inline(__always) func matches(_ other: UnsafePointer<UInt8>) -> Bool {
    guard UnsafeRawPointer(other).loadUnaligned(as: UInt64.self) & mask == head else {
      return false
    }
    return count <= 8 || hasSameRest(other)
  }

  @usableFromInline func hasSameRest(_ other: UnsafePointer<UInt8>) -> Bool {
    guard let start else { return true }
    return memcmp(other + 8, start + 8, count - 8) == 0
  }
}
