/// Follows a path. Each element that is looked at is a step of the budget.
struct JSONPathSearch {
  private var budget: Budget

  init(_ limits: EvaluationLimits) { budget = Budget(limits) }

  /// A value with what it was found in. `isNothing` is the parent of the root.
  private final class Place {
    let value: Value
    let parent: Place?
    let isNothing: Bool

    init(_ value: Value, in parent: Place?, isNothing: Bool = false) {
      self.value = value
      self.parent = parent
      self.isNothing = isNothing
    }
  }

  mutating func values(
    of part: JSONPath.Part, in value: Value
  ) throws(ExpressionError) -> [Value] {
    let places = try find(part, Place(value, in: nil))
    if places.contains(where: \.isNothing) { throw Self.noParent }
    return places.map(\.value)
  }

  private static var noParent: ExpressionError { .failed(.init("the root has no parent")) }

  private mutating func find(
    _ part: JSONPath.Part, _ place: Place
  ) throws(ExpressionError) -> [Place] {
    try budget.spend()
    switch part {
    case .this: return [place]
    case .root:
      var top = place
      while let parent = top.parent { top = parent }
      return [Place(top.value, in: nil)]
    case .parent:
      return [place.parent ?? Place(.none, in: nil, isNothing: true)]
    case .fields(let names): return try fields(names, place)
    case .index(let index): return try element(index, place)
    case .slice(let start, let end): return try slice(start, end, place)
    case .child(let one, let other):
      var found: [Place] = []
      for match in try find(one, place) { found += try find(other, match) }
      return found
    case .descendants(let one, let other):
      var found: [Place] = []
      for match in try find(one, place) { try descend(other, match, into: &found) }
      return found
    case .filter(let one, let having):
      var found: [Place] = []
      for match in try find(one, place) where try !find(having, match).isEmpty {
        found.append(match)
      }
      return found
    case .union(let one, let other): return try find(one, place) + find(other, place)
    case .intersection: throw .unsupported(.init("'&' in a path cannot be followed"))
    }
  }

  private mutating func fields(
    _ names: [String], _ place: Place
  ) throws(ExpressionError) -> [Place] {
    if names.contains("*") {
      guard let entries = place.value.entries else { return [] }
      try budget.spend(entries.count)
      return entries.map { Place($0.value, in: place) }
    }
    var found: [Place] = []
    for name in names {
      if case .lookup(let lookup) = place.value {
        let member = try lookup.member(name)
        if case .undefined = member { continue }
        found.append(Place(member, in: place))
      } else if let member = place.value.member(name) {
        found.append(Place(member, in: place))
      }
    }
    return found
  }

  private func element(_ index: Int, _ place: Place) throws(ExpressionError) -> [Place] {
    guard let count = place.value.count else {
      throw .failed(.init("cannot take element \(index) of a value of type \(typeName(place))"))
    }
    guard count > index else { return [] }
    let position = index < 0 ? index + count : index
    guard position >= 0, !place.value.isMapping else {
      throw .failed(.init("there is no element \(index) in a \(typeName(place)) of \(count)"))
    }
    if case .string(let text) = place.value {
      let scalars = text.unicodeScalars
      let scalar = scalars[scalars.index(scalars.startIndex, offsetBy: position)]
      return [Place(.string(String(scalar)), in: place)]
    }
    return place.value.element(position).map { [Place($0, in: place)] } ?? []
  }

  private func typeName(_ place: Place) -> String { place.value.typeName }

  /// A dict, text or whole number counts as a list with just it.
  private mutating func slice(
    _ start: Int?, _ end: Int?, _ place: Place
  ) throws(ExpressionError) -> [Place] {
    var place = place
    switch place.value {
    case .bool, .int, .uint, .string: place = Place(.list([place.value]), in: place.parent)
    case let value where value.isMapping:
      place = Place(.list([place.value]), in: place.parent)
    default: break
    }
    guard let elements = place.value.elements else {
      throw .failed(.init("cannot take a slice of a value of type \(typeName(place))"))
    }
    func clamped(_ bound: Int) -> Int {
      let position = bound < 0 ? bound + elements.count : bound
      return min(max(position, 0), elements.count)
    }
    let first = start.map(clamped) ?? 0
    let last = end.map(clamped) ?? elements.count
    guard first < last else { return [] }
    try budget.spend(last - first)
    return elements[first..<last].map { Place($0, in: place) }
  }

  /// Matches at this place, then below it, depth first.
  private mutating func descend(
    _ part: JSONPath.Part, _ place: Place, into found: inout [Place]
  ) throws(ExpressionError) {
    if place.isNothing { throw Self.noParent }
    found += try find(part, place)
    let children = place.value.entries?.map(\.value) ?? place.value.elements ?? []
    for child in children { try descend(part, Place(child, in: place), into: &found) }
  }
}
