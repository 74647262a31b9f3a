/// A place in a document: a value that has not been copied out. It keeps its document alive; a copy
/// costs a reference count. Looking up a member or an element walks the container; of members with
/// one name the last one counts, as in Python.
public struct JSONView: Sendable {
  public let document: JSONDocument
  @usableFromInline let index: Int

  @inlinable init(document: JSONDocument, index: Int) {
    self.document = document
    self.index = index
  }

  /// The tape, with the document held until `body` is through with it.
  @inlinable @inline(__always) func read<Result, Failure: Error>(
    _ body: (JSONTape) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { extendLifetime(document) }
    return try body(document.tape)
  }

  @inlinable @inline(__always) func at(_ index: Int?) -> JSONView? {
    guard let index else { return nil }
    return JSONView(document: document, index: index)
  }
}

// MARK: - What it is

extension JSONView {
  @inlinable public var kind: JSONKind { read { $0.kind(index) } }
  @inlinable public var isNull: Bool { read { $0.tag(index) == UInt8(ascii: "n") } }

  @inlinable public var boolValue: Bool? {
    switch read({ $0.tag(index) }) {
    case UInt8(ascii: "t"): true
    case UInt8(ascii: "f"): false
    default: nil
    }
  }

  /// An integer that `Int` holds; `1.0` is none.
  @inlinable public var intValue: Int? {
    read { $0.tag(index) == UInt8(ascii: "l") ? Int(truncatingIfNeeded: $0.number(index)) : nil }
  }

  /// An integer that is not negative.
  @inlinable public var uintValue: UInt64? {
    read { tape in
      switch tape.tag(index) {
      case UInt8(ascii: "u"): tape.number(index)
      case UInt8(ascii: "l"): UInt64(exactly: Int64(bitPattern: tape.number(index)))
      default: nil
      }
    }
  }

  /// Any number as a floating-point one.
  @inlinable public var doubleValue: Double? {
    read { tape in
      switch tape.tag(index) {
      case UInt8(ascii: "d"): Double(bitPattern: tape.number(index))
      case UInt8(ascii: "l"): Double(Int64(bitPattern: tape.number(index)))
      case UInt8(ascii: "u"): Double(tape.number(index))
      default: nil
      }
    }
  }

  @inlinable public var stringValue: String? { withUTF8 { String(decoding: $0, as: UTF8.self) } }

  /// The string's bytes, valid during `body`; nil for anything else than a string.
  @inlinable public func withUTF8<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    try read { tape throws(Failure) in
      guard tape.tag(index) == UInt8(ascii: "\"") else { return nil }
      return try body(tape.text(index))
    }
  }

  /// Whether it is this string, byte for byte.
  @inlinable public func isEqual(to key: JSONKey) -> Bool { key.withBytes { isEqual(to: $0) } }

  @inlinable public func isEqual(to text: StaticString) -> Bool {
    text.withUTF8Buffer { isEqual(to: JSONKeyBytes($0)) }
  }

  @inlinable @_disfavoredOverload public func isEqual(to text: String) -> Bool {
    text.withBytes { isEqual(to: JSONKeyBytes($0)) }
  }

  @inlinable func isEqual(to bytes: JSONKeyBytes) -> Bool {
    withUTF8 { text in
      text.count == bytes.count && bytes.matches(text.baseAddress.unsafelyUnwrapped)
    } ?? false
  }
}

// MARK: - Its parts

extension JSONView {
  /// Elements of an array, or members of an object with those whose name comes again; else 0.
  @inlinable public var count: Int {
    switch kind {
    case .array, .object: read { $0.count(index) }
    default: 0
    }
  }

  /// The member of an object; nil for anything else and where there is none.
  @inlinable public subscript(name: StaticString) -> JSONView? {
    name.withUTF8Buffer { bytes in at(read { $0.member(index, JSONKeyBytes(bytes)) }) }
  }

  @inlinable @_disfavoredOverload public subscript(name: String) -> JSONView? {
    name.withBytes { bytes in at(read { $0.member(index, JSONKeyBytes(bytes)) }) }
  }

  @inlinable @_disfavoredOverload public subscript(key: JSONKey) -> JSONView? {
    key.withBytes { bytes in at(read { $0.member(index, bytes) }) }
  }

  /// The element of an array; nil for anything else and outside its bounds.
  @inlinable public subscript(position: Int) -> JSONView? {
    at(read { $0.element(index, position) })
  }

  /// What stands at the end of a path of members; nil if it breaks off.
  @inlinable public func lookup(path: [JSONKey]) -> JSONView? {
    at(
      read { tape in
        var place = index
        for key in path {
          guard let next = key.withBytes({ tape.member(place, $0) }) else { return nil }
          place = next
        }
        return place
      })
  }
}

extension String {
  /// The text's bytes during `body`, without a copy where the text is stored whole, which it is.
  @inlinable func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
    var whole = self
    return whole.withUTF8(body)
  }
}
