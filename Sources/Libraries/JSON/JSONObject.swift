/// The members of a JSON object in the order in which they were first set. Of two members with one
/// name the last one counts, at the first one's place. Looking up is a scan up to `indexedAbove`
/// members and a dictionary beyond. Names are compared byte by byte, as in JSON: two spellings of
/// "é" are two names.
public struct JSONObject: Sendable {
  public typealias Element = (key: String, value: JSONValue)

  static let indexedAbove = 16
  private var members: [Element] = []
  private var index: [JSONName: Int]?

  public init() {}

  /// Room for `capacity` members.
  public init(capacity: Int) { members.reserveCapacity(capacity) }

  public init(_ members: some Sequence<(String, JSONValue)>) {
    for (key, value) in members { self[key] = value }
  }

  public var count: Int { members.count }
  public var isEmpty: Bool { members.isEmpty }
  public var keys: [String] { members.map(\.key) }
  public var values: [JSONValue] { members.map(\.value) }

  /// The member's value. Setting nil removes the member; that costs a scan of the whole object.
  public subscript(key: String) -> JSONValue? {
    get { place(of: key).map { members[$0].value } }
    set {
      if let place = place(of: key) {
        if let newValue {
          members[place].value = newValue
        } else {
          members.remove(at: place)
          reindex()
        }
      } else if let newValue {
        append(key, newValue)
      }
    }
  }

  /// Sets a member, as the subscript does, without looking at the value.
  mutating func set(_ key: String, _ value: JSONValue) {
    if let place = place(of: key) {
      members[place].value = value
    } else {
      append(key, value)
    }
  }

  private mutating func append(_ key: String, _ value: JSONValue) {
    members.append((key, value))
    if index != nil {
      index?[JSONName(text: key)] = members.count - 1
    } else if members.count > Self.indexedAbove {
      reindex()
    }
  }

  private func place(of key: String) -> Int? {
    if let index { return index[JSONName(text: key)] }
    let count = key.utf8.count
    return members.firstIndex { $0.key.utf8.count == count && JSONName.areSame($0.key, key) }
  }

  private mutating func reindex() {
    guard members.count > Self.indexedAbove else {
      index = nil
      return
    }
    index = Dictionary(
      uniqueKeysWithValues: members.enumerated().map { (JSONName(text: $0.element.key), $0.offset) }
    )
  }
}

extension JSONObject: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { members.count }
  public subscript(position: Int) -> Element { members[position] }
}

extension JSONObject: Hashable {
  public static func == (one: JSONObject, other: JSONObject) -> Bool {
    one.count == other.count && one.members.allSatisfy { other[$0.key] == $0.value }
  }

  public func hash(into hasher: inout Hasher) {
    var sum = 0
    for member in members {
      var part = Hasher()
      part.combine(JSONName(text: member.key))
      part.combine(member.value)
      sum &+= part.finalize()
    }
    hasher.combine(sum)
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}
