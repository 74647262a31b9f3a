/// A shell pattern as Python's `fnmatch` reads it: `*` any text, `?` one character, `[seq]` and
/// `[!seq]` one of a set, anything else itself. The whole text must match; case counts; no
/// character is special to `*`, not even a newline. Any text is a pattern. Work grows with pattern
/// times text.
public struct Fnmatch: Hashable, Sendable {
  private enum Part: Hashable, Sendable {
    case star
    case any
    case one(Unicode.Scalar)
    case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)

    func matches(_ scalar: Unicode.Scalar) -> Bool {
      switch self {
      case .star, .any: true
      case .one(let wanted): scalar == wanted
      case .set(let ranges, let isNegated):
        ranges.contains { $0.contains(scalar) } != isNegated
      }
    }
  }

  private let parts: [Part]

  public init(_ pattern: String) {
    let scalars = Array(pattern.unicodeScalars)
    var parts: [Part] = []
    var index = 0
    while index < scalars.count {
      switch scalars[index] {
      case "*":
        if parts.last != .star { parts.append(.star) }
      case "?":
        parts.append(.any)
      case "[":
        if let end = Self.closingBracket(of: index, in: scalars) {
          parts.append(Self.set(scalars[(index + 1)..<end]))
          index = end
        } else {
          parts.append(.one("["))
        }
      case let scalar:
        parts.append(.one(scalar))
      }
      index += 1
    }
    self.parts = parts
  }

  /// Remembers the last star only: what it took before never has to be given back to an earlier
  /// one.
  public func matches(_ text: String) -> Bool {
    let scalars = text.unicodeScalars
    var place = scalars.startIndex
    var part = 0
    var retry: (part: Int, place: String.Index)?
    while place < scalars.endIndex {
      if part < parts.count, parts[part] == .star {
        part += 1
        retry = (part, place)
      } else if part < parts.count, parts[part].matches(scalars[place]) {
        part += 1
        place = scalars.index(after: place)
      } else if let (starPart, starPlace) = retry {
        part = starPart
        place = scalars.index(after: starPlace)
        retry = (starPart, place)
      } else {
        return false
      }
    }
    return parts[part...].allSatisfy { $0 == .star }
  }

  /// A `]` directly after `[` or `[!` belongs to the set.
  private static func closingBracket(of open: Int, in scalars: [Unicode.Scalar]) -> Int? {
    var index = open + 1
    if index < scalars.count, scalars[index] == "!" { index += 1 }
    if index < scalars.count, scalars[index] == "]" { index += 1 }
    return scalars[min(index, scalars.count)...].firstIndex(of: "]")
  }

  /// A hyphen makes a range only with a character on both sides that no range has taken already;
  /// a range whose ends are the wrong way round is empty.
  private static func set(_ inner: ArraySlice<Unicode.Scalar>) -> Part {
    let isNegated = inner.first == "!"
    let members = Array(isNegated ? inner.dropFirst() : inner)
    var ranges: [ClosedRange<Unicode.Scalar>] = []
    var index = 0
    while index < members.count {
      if index + 2 < members.count, members[index + 1] == "-" {
        if members[index] <= members[index + 2] {
          ranges.append(members[index]...members[index + 2])
        }
        index += 3
      } else {
        ranges.append(members[index]...members[index])
        index += 1
      }
    }
    if members.isEmpty { return isNegated ? .any : .set([], isNegated: false) }
    return .set(ranges, isNegated: isNegated)
  }
}
