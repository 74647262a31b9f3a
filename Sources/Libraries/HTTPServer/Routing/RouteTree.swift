/// All routes as a tree over path segments. A literal goes before a parameter, a parameter before a
/// rest; where the better branch has no route, the next one is tried.
struct RouteTree: Sendable {
  enum Match {
    case found(Route, [String])
    /// The path exists, but not with this method; the methods it has, for `Allow`.
    case wrongMethod(allowed: String)
    case unknownPath
    case malformed(String)
  }

  private struct Node: Sendable {
    var literals: [(text: [UInt8], node: Int)] = []
    var parameter: Int?
    var rest: Int?
    var routes: [(method: HTTPMethod, route: Route)] = []
  }

  private var nodes = [Node()]

  /// Registering the same method and pattern twice is a mistake of the program: it traps.
  mutating func insert(_ route: Route) {
    var at = 0
    for segment in route.pattern.segments { at = step(from: at, by: segment) }
    precondition(
      !nodes[at].routes.contains { $0.method == route.method },
      "The route \(route.method.rawValue) \(route.patternText) is registered twice.")
    nodes[at].routes.append((route.method, route))
  }

  private mutating func step(from at: Int, by segment: PathPattern.Segment) -> Int {
    switch segment {
    case .literal(let text):
      if let known = nodes[at].literals.first(where: { $0.text == text }) { return known.node }
      nodes.append(Node())
      nodes[at].literals.append((text, nodes.count - 1))
    case .parameter:
      if let known = nodes[at].parameter { return known }
      nodes.append(Node())
      nodes[at].parameter = nodes.count - 1
    case .rest:
      if let known = nodes[at].rest { return known }
      nodes.append(Node())
      nodes[at].rest = nodes.count - 1
    }
    return nodes.count - 1
  }

  /// Finds the route of a raw, still encoded path. HEAD is served by GET where it has no route.
  func match(_ method: HTTPMethod, _ path: UnsafeRawBufferPointer) -> Match {
    let outcome = PathSegments.read(path) { bytes, segments -> Match in
      var search = Search(method: method, bytes: bytes, segments: segments)
      guard let route = find(0, 0, &search) else {
        return search.others.isEmpty ? .unknownPath : .wrongMethod(allowed: allowed(search.others))
      }
      return .found(route, search.values.map { String(decoding: bytes[$0], as: UTF8.self) })
    }
    switch outcome {
    case .value(let match): return match
    case .malformed(let reason): return .malformed(reason)
    }
  }

  private struct Search {
    let method: HTTPMethod
    let bytes: UnsafeRawBufferPointer
    let segments: [Range<Int>]
    /// Where the values of parameters stand; a rest reaches from its first segment to its last.
    var values: [Range<Int>] = []
    var others: Set<HTTPMethod> = []

    func equals(_ index: Int, _ text: [UInt8]) -> Bool {
      let range = segments[index]
      return range.count == text.count && bytes[range].elementsEqual(text)
    }
  }

  private func find(_ node: Int, _ depth: Int, _ search: inout Search) -> Route? {
    if depth == search.segments.count { return route(node, &search) }
    if let next = literal(node, depth, search), let found = find(next, depth + 1, &search) {
      return found
    }
    if let next = nodes[node].parameter, !search.segments[depth].isEmpty {
      search.values.append(search.segments[depth])
      if let found = find(next, depth + 1, &search) { return found }
      search.values.removeLast()
    }
    if let next = nodes[node].rest, let last = search.segments.last {
      search.values.append(search.segments[depth].lowerBound..<last.upperBound)
      if let found = route(next, &search) { return found }
      search.values.removeLast()
    }
    return nil
  }

  private func literal(_ node: Int, _ depth: Int, _ search: Search) -> Int? {
    for index in nodes[node].literals.indices
    where search.equals(depth, nodes[node].literals[index].text) {
      return nodes[node].literals[index].node
    }
    return nil
  }

  private func route(_ node: Int, _ search: inout Search) -> Route? {
    var other: Route?
    for (method, route) in nodes[node].routes {
      if method == search.method { return route }
      if method == .get, search.method == .head { other = route }
    }
    if other == nil { search.others.formUnion(nodes[node].routes.map(\.method)) }
    return other
  }

  private func allowed(_ methods: Set<HTTPMethod>) -> String {
    var methods = methods
    if methods.contains(.get) { methods.insert(.head) }
    return HTTPMethod.allCases.filter(methods.contains).map(\.rawValue).joined(separator: ", ")
  }
}
