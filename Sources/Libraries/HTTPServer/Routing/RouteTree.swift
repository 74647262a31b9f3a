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
    var routes: [HTTPMethod: Route] = [:]
  }

  private var nodes = [Node()]

  /// Registering the same method and pattern twice is a mistake of the program: it traps.
  mutating func insert(_ route: Route) {
    var at = 0
    for segment in route.pattern.segments { at = step(from: at, by: segment) }
    precondition(
      nodes[at].routes.updateValue(route, forKey: route.method) == nil,
      "The route \(route.method.rawValue) \(route.patternText) is registered twice.")
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
    var segments = PathSegments()
    if let reason = segments.read(path) { return .malformed(reason) }
    var search = Search(method: method, segments: segments)
    if let route = find(0, 0, &search) {
      return .found(route, search.values.map { String(decoding: $0, as: UTF8.self) })
    }
    if search.others.isEmpty { return .unknownPath }
    return .wrongMethod(allowed: allowed(search.others))
  }

  private struct Search {
    let method: HTTPMethod
    let segments: PathSegments
    var values: [[UInt8]] = []
    var others: Set<HTTPMethod> = []
  }

  private func find(_ node: Int, _ depth: Int, _ search: inout Search) -> Route? {
    let here = nodes[node]
    if depth == search.segments.count { return route(here, &search) }
    if let next = here.literals.first(where: { search.segments.equals(depth, $0.text) }),
      let found = find(next.node, depth + 1, &search)
    {
      return found
    }
    if let next = here.parameter, !search.segments.isEmpty(depth) {
      search.values.append(search.segments.bytes(depth))
      if let found = find(next, depth + 1, &search) { return found }
      search.values.removeLast()
    }
    if let next = here.rest {
      search.values.append(search.segments.joined(from: depth))
      if let found = route(nodes[next], &search) { return found }
      search.values.removeLast()
    }
    return nil
  }

  private func route(_ node: Node, _ search: inout Search) -> Route? {
    if let route = node.routes[search.method] { return route }
    if search.method == .head, let route = node.routes[.get] { return route }
    search.others.formUnion(node.routes.keys)
    return nil
  }

  private func allowed(_ methods: Set<HTTPMethod>) -> String {
    var methods = methods
    if methods.contains(.get) { methods.insert(.head) }
    return HTTPMethod.allCases.filter(methods.contains).map(\.rawValue).joined(separator: ", ")
  }
}
