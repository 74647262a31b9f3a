/// Writes JSON as bytes. Commas are set by the writer; that begins and ends match and that every
/// member has a key is up to the caller. Several values one after another need `endLine` between.
/// Text stays UTF-8; `"`, `\` and control characters are escaped, `/` and U+2028 are not.
/// `Double` is written in the shortest form that reads back, as Python writes it: `1.0`, `1e+16`,
/// `1e-05`; infinities and NaN, which JSON does not have and no parsed text holds, become `null`.
public struct JSONWriter: Sendable {
  @usableFromInline var buffer: [UInt8]
  /// Whether a comma stands before the next key or element.
  @usableFromInline var isBehindValue = false

  public init(capacity: Int = 256) {
    buffer = []
    buffer.reserveCapacity(capacity)
  }

  /// What has been written so far.
  @inlinable public var bytes: [UInt8] { buffer }
  @inlinable public var count: Int { buffer.count }
  public var text: String { String(decoding: buffer, as: UTF8.self) }

  /// Starts anew in the same memory.
  public mutating func removeAll(keepingCapacity: Bool = true) {
    buffer.removeAll(keepingCapacity: keepingCapacity)
    isBehindValue = false
  }

  /// Hands the bytes out and starts anew.
  public mutating func take() -> [UInt8] {
    let taken = buffer
    buffer = []
    isBehindValue = false
    return taken
  }

  @inlinable @inline(__always) mutating func separate() {
    if isBehindValue { buffer.append(UInt8(ascii: ",")) }
  }

  /// A line feed: the next value is a text of its own.
  @inlinable public mutating func endLine() {
    buffer.append(UInt8(ascii: "\n"))
    isBehindValue = false
  }
}

// MARK: - Containers and keys

extension JSONWriter {
  @inlinable public mutating func beginObject() { begin(UInt8(ascii: "{")) }
  @inlinable public mutating func endObject() { end(UInt8(ascii: "}")) }
  @inlinable public mutating func beginArray() { begin(UInt8(ascii: "[")) }
  @inlinable public mutating func endArray() { end(UInt8(ascii: "]")) }

  @inlinable @inline(__always) mutating func begin(_ bracket: UInt8) {
    separate()
    buffer.append(bracket)
    isBehindValue = false
  }

  @inlinable @inline(__always) mutating func end(_ bracket: UInt8) {
    buffer.append(bracket)
    isBehindValue = true
  }

  @inlinable public mutating func key(_ name: StaticString) {
    name.withUTF8Buffer { key($0) }
  }

  @inlinable @_disfavoredOverload public mutating func key(_ name: String) {
    name.withBytes { key($0) }
  }

  /// A name of UTF-8 bytes.
  @inlinable public mutating func key(_ name: UnsafeBufferPointer<UInt8>) {
    quote(name, isKey: true)
  }
}

// MARK: - Values

extension JSONWriter {
  @inlinable public mutating func null() { literal("null") }
  @inlinable public mutating func value(_ value: Bool) { literal(value ? "true" : "false") }

  @inlinable @inline(__always) mutating func literal(_ word: StaticString) {
    separate()
    word.withUTF8Buffer { buffer.append(contentsOf: $0) }
    isBehindValue = true
  }

  @inlinable public mutating func value(_ text: StaticString) {
    text.withUTF8Buffer { string($0) }
  }

  @inlinable @_disfavoredOverload public mutating func value(_ text: String) {
    text.withBytes { string($0) }
  }

  /// A string of UTF-8 bytes.
  @inlinable public mutating func string(_ text: UnsafeBufferPointer<UInt8>) {
    quote(text, isKey: false)
  }

  @inlinable public mutating func value(_ number: Int) {
    integer(UInt64(number.magnitude), isNegative: number < 0)
  }

  @inlinable public mutating func value(_ number: UInt64) {
    integer(number, isNegative: false)
  }

  public mutating func value(_ number: Double) { decimal(number) }

  @_disfavoredOverload public mutating func value(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .bool(let value): self.value(value)
    case .int(let value): self.value(value)
    case .uint(let value): self.value(value)
    case .double(let value): self.value(value)
    case .string(let value): self.value(value)
    case .array(let elements):
      beginArray()
      for element in elements { self.value(element) }
      endArray()
    case .object(let members): self.value(members)
    }
  }

  public mutating func value(_ members: JSONObject) {
    beginObject()
    for (name, value) in members {
      key(name)
      self.value(value)
    }
    endObject()
  }

  /// The value as its document holds it, members that come again included, without white space.
  public mutating func value(_ view: JSONView) { view.read { write($0, view.index) } }

  private mutating func write(_ tape: JSONTape, _ index: Int) {
    switch tape.kind(index) {
    case .null: null()
    case .bool: value(tape.tag(index) == UInt8(ascii: "t"))
    case .int: value(Int(truncatingIfNeeded: tape.number(index)))
    case .uint: value(tape.number(index))
    case .double: value(Double(bitPattern: tape.number(index)))
    case .string: string(tape.text(index))
    case .array:
      beginArray()
      var place = index + 1
      while place < tape.close(index) {
        write(tape, place)
        place = tape.after(place)
      }
      endArray()
    case .object:
      beginObject()
      var place = index + 1
      while place < tape.close(index) {
        key(tape.text(place))
        write(tape, place + 1)
        place = tape.after(place + 1)
      }
      endObject()
    }
  }

  /// A value that is JSON already, taken as it is: it must be whole and valid.
  @inlinable public mutating func raw(_ json: some Collection<UInt8>) {
    separate()
    buffer.append(contentsOf: json)
    isBehindValue = true
  }

  /// A number in digits of one's own, of any size; refused if JSON does not write numbers so.
  public mutating func rawNumber(_ digits: String) throws(JSONError) {
    let isNumber = digits.withBytes { JSONScanner.isNumber(UnsafeRawBufferPointer($0)) }
    guard isNumber else {
      throw JSONError(
        .malformed, "expected a number, found \"\(digits.prefix(40))\"", offset: 0, line: 1,
        column: 1)
    }
    raw(digits.utf8)
  }
}

extension JSONValue {
  public func write(into writer: inout JSONWriter) { writer.value(self) }
}
