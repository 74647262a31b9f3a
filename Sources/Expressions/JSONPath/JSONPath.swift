/// A path into a value, as `jsonpath_rw` reads and follows it: names and quoted names, `[0]`,
/// `[1:3]`, `*`, `[*]`, `..`, several names `a,b`, `|`, `where`, `$`, `` `this` `` and `` `parent`
/// ``. Compiled once. All matches are found before the first is taken, since a path that fails
/// anywhere fails as a whole there: an index into null, or a parent above the root.
public struct JSONPath: Hashable, Sendable {
  public static let textBytesMax = 4096
  /// Parts of a path, counted together.
  public static let partsMax = 256

  public let text: String
  /// The names of a path that is nothing but names, as `trigger.body.host`; else nil.
  public let names: [String]?
  /// The name that a path begins with, if the rest of it stays below: `trigger` of `trigger.a[0]`.
  public let head: String?
  private let belowHead: Part?
  let part: Part

  /// Errors are `malformed` with the column, or `limitReached` for a path that is too long.
  public init(_ text: String) throws(ExpressionError) {
    var parser = try JSONPathParser(text)
    part = try parser.parse()
    self.text = text
    names = part.names
    let split = part.looksUp ? nil : part.splittingHead
    head = split?.name
    belowHead = split?.rest
  }

  indirect enum Part: Hashable, Sendable {
    case root
    case this
    case parent
    case fields([String])
    case index(Int)
    case slice(Int?, Int?)
    case child(Part, Part)
    case descendants(Part, Part)
    case filter(Part, having: Part)
    case union(Part, Part)
    /// Can be written; following it fails, there as here.
    case intersection(Part, Part)

    fileprivate var names: [String]? {
      switch self {
      case .fields(let names) where names.count == 1 && names[0] != "*": return names
      case .child(let one, let other):
        guard let head = one.names, let tail = other.names else { return nil }
        return head + tail
      default: return nil
      }
    }

    /// Whether it leads to the root or a parent anywhere.
    fileprivate var looksUp: Bool {
      switch self {
      case .root, .parent: true
      case .this, .fields, .index, .slice: false
      case .child(let one, let other), .descendants(let one, let other),
        .filter(let one, having: let other), .union(let one, let other),
        .intersection(let one, let other):
        one.looksUp || other.looksUp
      }
    }

    /// The single name at the left end, and the path without it.
    fileprivate var splittingHead: (name: String, rest: Part)? {
      switch self {
      case .fields(let names) where names.count == 1 && names[0] != "*": return (names[0], .this)
      case .child(let one, let other):
        guard let (name, rest) = one.splittingHead else { return nil }
        return (name, rest == .this ? other : .child(rest, other))
      case .descendants(let one, let other):
        return one.splittingHead.map { ($0.name, .descendants($0.rest, other)) }
      case .filter(let one, let other):
        return one.splittingHead.map { ($0.name, .filter($0.rest, having: other)) }
      default: return nil
      }
    }
  }
}

extension JSONPath {
  /// The first match; nil where there is none.
  public func first(
    in value: Value, limits: EvaluationLimits = .standard
  ) throws(ExpressionError) -> Value? {
    if let names, let found = plain(names[...], in: value) { return found.value }
    return try all(in: value, limits: limits).first
  }

  /// The first match in what stands under `head`, for a path that has one: no object has to be made
  /// around it.
  public func first(
    belowHead value: Value, limits: EvaluationLimits = .standard
  ) throws(ExpressionError) -> Value? {
    guard let belowHead else { return nil }
    if let names, let found = plain(names.dropFirst(), in: value) { return found.value }
    var search = JSONPathSearch(limits)
    return try search.values(of: belowHead, in: value).first
  }

  /// All matches, in the order of `jsonpath_rw`.
  public func all(
    in value: Value, limits: EvaluationLimits = .standard
  ) throws(ExpressionError) -> [Value] {
    var search = JSONPathSearch(limits)
    return try search.values(of: part, in: value)
  }

  /// Follows names only; nil where a look-up stands in the way.
  private func plain(_ names: ArraySlice<String>, in value: Value) -> (value: Value?, Void)? {
    var place = value
    for name in names {
      if case .lookup = place { return nil }
      guard let next = place.member(name) else { return (nil, ()) }
      place = next
    }
    return (place, ())
  }
}
