/// A place inside a value, written as people read it: `$.hosts[2].name`, `$["odd name"]`.
public struct JSONLocation: Sendable, Hashable, CustomStringConvertible {
  public enum Step: Sendable, Hashable {
    case member(String)
    case element(Int)
  }

  public private(set) var steps: [Step] = []

  /// The whole value: `$`.
  public init() {}

  public init(_ steps: [Step]) { self.steps = steps }

  public func member(_ name: String) -> JSONLocation { JSONLocation(steps + [.member(name)]) }
  public func element(_ index: Int) -> JSONLocation { JSONLocation(steps + [.element(index)]) }

  /// Goes into a part and, with `removeLast`, out again: for a walk that rarely needs the text.
  public mutating func append(_ step: Step) { steps.append(step) }
  public mutating func removeLast() { steps.removeLast() }

  public var description: String {
    steps.reduce(into: "$") { text, step in
      switch step {
      case .element(let index): text += "[\(index)]"
      case .member(let name) where Self.isPlain(name): text += ".\(name)"
      case .member(let name): text += "[\(JSONValue.string(name).text())]"
      }
    }
  }

  private static func isPlain(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: byte >= 0x80
      }
    }
  }
}
