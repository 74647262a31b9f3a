import Calendar
import Connectors
import HTTPServer

/// What the query of a list asks for: how many, from where, in which order, which attributes.
struct ListQuery: Sendable {
  /// What a list allows and does where nothing is said.
  struct Rules: Sendable {
    /// Nil: all.
    var limit: Int? = 100
    /// By which attributes it can be sorted; others are ignored, as StackStorm does.
    var sortKeys: Set<String> = []
    /// The order where none is asked for.
    var isAscending = false
    var attributes = Attributes.Rules()
  }

  /// Offsets are 32-bit numbers.
  static let offsetMax = Int(Int32.max)

  let offset: Int
  /// Nil: all.
  let limit: Int?
  let isAscending: Bool
  let attributes: Attributes

  init(_ request: Request, _ rules: Rules) throws(Fault) {
    let query = request.query
    offset = try Self.integer("offset", query) ?? 0
    guard (0...Self.offsetMax).contains(offset) else {
      throw Fault(400, "offset must be from 0 to \(Self.offsetMax), found \(offset)")
    }
    let limit = try Self.integer("limit", query)
    guard limit != 0, limit ?? 1 >= -1 else {
      throw Fault(400, "limit must be a positive number, or -1 for all; found \(limit ?? 0)")
    }
    self.limit = limit == -1 ? nil : limit ?? rules.limit
    isAscending = Self.isAscending(query, rules)
    attributes = try Attributes(query, rules.attributes)
  }

  private static func isAscending(_ query: FormItems, _ rules: Rules) -> Bool {
    if query["sort_asc"]?.lowercased() == "true" { return true }
    if query["sort_desc"]?.lowercased() == "true" { return false }
    for key in query["sort"]?.split(separator: ",") ?? [] {
      // A `+` that was not escaped arrives as a blank.
      let name = key.drop { "+- ".contains($0) }
      if rules.sortKeys.contains(String(name)) { return !key.hasPrefix("-") }
    }
    return rules.isAscending
  }

  /// The first step of a list in the view.
  var window: Window {
    Window(offset: offset, limit: limit ?? .max, isOldestFirst: isAscending)
  }

  /// The part of a list that is at hand as a whole.
  func part<Element>(of elements: [Element]) -> ArraySlice<Element> {
    elements.dropFirst(offset).prefix(limit ?? .max)
  }

  /// `X-Total-Count`, and `X-Limit` where there is a limit.
  func headers(total: Int) -> [Response.Header] {
    [("X-Total-Count", "\(total)")] + (limit.map { [("X-Limit", "\($0)")] } ?? [])
  }
}

/// Values in a query, read or refused.
extension ListQuery {
  static func integer(_ name: String, _ query: FormItems) throws(Fault) -> Int? {
    guard let text = query[name] else { return nil }
    guard let number = Int(text) else {
      throw Fault(400, "\(name) must be an integer, found '\(text)'")
    }
    return number
  }

  static func time(_ name: String, _ query: FormItems) throws(Fault) -> Instant? {
    guard let text = query[name] else { return nil }
    // Where the offset's `+` was not escaped it arrives as a blank.
    let mended = String(text.map { $0 == " " ? "+" : $0 })
    guard let time = Instant(iso8601: mended, naiveOffsetSeconds: 0) else {
      throw Fault(
        400, "\(name) must be a time such as 2026-05-01T12:00:00Z, found '\(text)'")
    }
    return time
  }

  static func flag(_ name: String, _ query: FormItems) throws(Fault) -> Bool? {
    guard let text = query[name] else { return nil }
    switch text.lowercased() {
    case "true", "1": return true
    case "false", "0": return false
    default: throw Fault(400, "\(name) must be true or false, found '\(text)'")
    }
  }

  /// Values separated by commas.
  static func values(_ name: String, _ query: FormItems) -> [String]? {
    query[name].map { $0.split(separator: ",").map(String.init) }
  }
}
