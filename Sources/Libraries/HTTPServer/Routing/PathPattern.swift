/// The path of a route: literal segments, `{name}` for one segment, and at the end `{name...}` for
/// one or more. `/api/v1/executions/{id}` and `/api/v1/executions/{id}/` are the same.
struct PathPattern: Equatable {
  enum Segment: Equatable {
    case literal([UInt8])
    case parameter(String)
    case rest(String)
  }

  let segments: [Segment]

  /// A malformed pattern is a mistake of the program, found at the first start: it traps.
  init(_ text: String) {
    precondition(text.hasPrefix("/"), "The pattern \(text) does not begin with a slash.")
    var segments: [Segment] = []
    for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: true) {
      if case .rest = segments.last {
        preconditionFailure("In the pattern \(text) something follows the rest.")
      }
      guard part.hasPrefix("{"), part.hasSuffix("}") else {
        segments.append(.literal([UInt8](part.utf8)))
        continue
      }
      let name = part.dropFirst().dropLast()
      if name.hasSuffix("...") {
        segments.append(.rest(String(name.dropLast(3))))
      } else {
        segments.append(.parameter(String(name)))
      }
    }
    self.segments = segments
  }

  /// The names of the parameters, in order.
  var names: [String] {
    segments.compactMap {
      switch $0 {
      case .literal: nil
      case .parameter(let name), .rest(let name): name
      }
    }
  }
}
