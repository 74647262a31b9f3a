/// Names and values of a query (`?a=1&b=2`) or of a form, decoded, in the order in which they came.
/// A name without `=` has the value "". At most 1,000 items.
public struct FormItems: Sendable, Equatable {
  public struct Item: Sendable, Equatable {
    public let name: String
    public let value: String
  }

  public static let itemCountMax = 1000

  public private(set) var items: [Item] = []

  public init() {}

  /// Decodes `application/x-www-form-urlencoded` text.
  public init(parsing text: [UInt8]) throws(HTTPServerError) {
    var reason: String?
    text.withUnsafeBytes { reason = read($0) }
    if let reason { throw .badRequest(reason) }
  }

  /// Says what is wrong, if anything is.
  mutating func read(_ text: UnsafeRawBufferPointer) -> String? {
    var start = 0
    while start < text.count {
      var end = start
      var equals: Int?
      while end < text.count, text[end] != 0x26 {
        if text[end] == 0x3d, equals == nil { equals = end }
        end += 1
      }
      if end > start {
        let nameEnd = equals ?? end
        let valueStart = min(nameEnd + 1, end)
        guard
          let name = PercentDecoding.string(.init(rebasing: text[start..<nameEnd]), .form),
          let value = PercentDecoding.string(.init(rebasing: text[valueStart..<end]), .form)
        else {
          return "Item \(items.count + 1) of the query or form has a malformed percent escape, "
            + "a NUL or text that is not UTF-8."
        }
        if items.count == Self.itemCountMax {
          return "The query or form has more than \(Self.itemCountMax) items."
        }
        items.append(Item(name: name, value: value))
      }
      start = end + 1
    }
    return nil
  }

  public var isEmpty: Bool { items.isEmpty }

  /// The value of the first item of that name.
  public subscript(_ name: String) -> String? {
    for item in items where item.name == name { return item.value }
    return nil
  }

  /// The values of every item of that name.
  public func values(_ name: String) -> [String] {
    items.filter { $0.name == name }.map(\.value)
  }
}
