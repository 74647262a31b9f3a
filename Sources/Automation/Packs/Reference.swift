/// `pack.name`. A name may hold dots, a pack's reference cannot.
public struct Reference: Sendable, Hashable, CustomStringConvertible {
  public let pack: String
  public let name: String

  public init(pack: String, name: String) {
    self.pack = pack
    self.name = name
  }

  /// Nil where there is no dot with something on both sides.
  public init?(_ text: String) {
    guard let dot = text.firstIndex(of: ".") else { return nil }
    pack = String(text[..<dot])
    name = String(text[text.index(after: dot)...])
    if pack.isEmpty || name.isEmpty { return nil }
  }

  public var description: String { "\(pack).\(name)" }
}
