/// Why a text gave no tree.
public enum YAMLError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The text must be mended.
  case malformed(Fault)
  /// The text asks for more than the limits allow; what was read up to there was well formed.
  case overLimit(Fault)

  public struct Fault: Sendable, Equatable {
    public let place: YAMLPlace
    public let expected: String
    public let found: String
  }

  public var fault: Fault {
    switch self {
    case .malformed(let fault), .overLimit(let fault): fault
    }
  }

  public var place: YAMLPlace { fault.place }
  public var message: String { "expected \(fault.expected), found \(fault.found)" }
  public var description: String { "\(place): \(message)" }

  static func malformed(
    at place: YAMLPlace, expected: String, found: String
  ) -> YAMLError {
    .malformed(Fault(place: place, expected: expected, found: found))
  }

  static func overLimit(
    at place: YAMLPlace, expected: String, found: String
  ) -> YAMLError {
    .overLimit(Fault(place: place, expected: expected, found: found))
  }
}
