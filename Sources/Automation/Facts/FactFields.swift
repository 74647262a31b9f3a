import Calendar
import JSON
import Streams

/// Reading and writing the members of a fact's data: the names are the storage format.
extension JSONView {
  func text(_ name: String) throws(RecordError) -> String {
    guard let text = self[name]?.stringValue else {
      throw RecordError("member \(name) must be a text")
    }
    return text
  }

  func optionalText(_ name: String) -> String? { self[name]?.stringValue }

  func integer(_ name: String) throws(RecordError) -> Int {
    guard let number = self[name]?.intValue else {
      throw RecordError("member \(name) must be an integer")
    }
    return number
  }

  func identifier(_ name: String) throws(RecordError) -> Identifier {
    guard let id = optionalIdentifier(name) else {
      throw RecordError("member \(name) must be 24 hexadecimal digits")
    }
    return id
  }

  func optionalIdentifier(_ name: String) -> Identifier? {
    self[name]?.stringValue.flatMap { Identifier($0) }
  }

  func object(_ name: String) -> JSONObject { self[name]?.copy().objectValue ?? [:] }

  func instant(_ name: String) throws(RecordError) -> Instant {
    guard let time = self[name]?.stringValue.flatMap({ Instant(iso8601: $0) }) else {
      throw RecordError("member \(name) must be an RFC 3339 instant")
    }
    return time
  }
}

extension JSONWriter {
  mutating func member(_ name: StaticString, _ value: String?) {
    guard let value else { return }
    key(name)
    self.value(value)
  }

  mutating func member(_ name: StaticString, _ value: Int?) {
    guard let value else { return }
    key(name)
    self.value(value)
  }

  mutating func member(_ name: StaticString, _ value: Bool) {
    key(name)
    self.value(value)
  }

  mutating func member(_ name: StaticString, _ value: Identifier?) {
    guard let value else { return }
    key(name)
    identifier(value)
  }

  mutating func member(_ name: StaticString, _ value: Instant?) {
    guard let value else { return }
    key(name)
    time(value)
  }

  mutating func member(_ name: StaticString, _ value: JSONValue?) {
    guard let value else { return }
    key(name)
    self.value(value)
  }

  /// An object; left out when it is empty.
  mutating func member(_ name: StaticString, _ value: JSONObject) {
    guard !value.isEmpty else { return }
    key(name)
    self.value(value)
  }
}
