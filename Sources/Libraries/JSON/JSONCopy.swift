extension JSONView {
  /// The value with all its parts, free of the document. Of members with one name the last value
  /// stays, at the first one's place.
  public func copy() -> JSONValue { read { $0.copy(index) } }
}

extension JSONTape {
  fileprivate func copy(_ index: Int) -> JSONValue {
    switch kind(index) {
    case .null: return .null
    case .bool: return .bool(tag(index) == UInt8(ascii: "t"))
    case .int: return .int(Int(truncatingIfNeeded: number(index)))
    case .uint: return .uint(number(index))
    case .double: return .double(Double(bitPattern: number(index)))
    case .string: return .string(string(index))
    case .array:
      var elements: [JSONValue] = []
      elements.reserveCapacity(count(index))
      let end = close(index)
      var place = index + 1
      while place < end {
        elements.append(copy(place))
        place = after(place)
      }
      return .array(elements)
    case .object:
      var object = JSONObject(capacity: count(index))
      let end = close(index)
      var place = index + 1
      while place < end {
        object.set(string(place), copy(place + 1))
        place = after(place + 1)
      }
      return .object(object)
    }
  }

  private func string(_ index: Int) -> String { String(decoding: text(index), as: UTF8.self) }
}

extension JSONValue {
  public init(
    parsing bytes: UnsafeRawBufferPointer, limits: JSONLimits = JSONLimits()
  ) throws(JSONError) {
    self = try JSONDocument(parsing: bytes, limits: limits).root.copy()
  }

  public init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
    self = try JSONDocument(parsing: bytes, limits: limits).root.copy()
  }

  public init(parsing bytes: ArraySlice<UInt8>, limits: JSONLimits = JSONLimits()) throws(JSONError)
  {
    self = try JSONDocument(parsing: bytes, limits: limits).root.copy()
  }

  public init(parsing text: String, limits: JSONLimits = JSONLimits()) throws(JSONError) {
    self = try JSONDocument(parsing: text, limits: limits).root.copy()
  }
}
