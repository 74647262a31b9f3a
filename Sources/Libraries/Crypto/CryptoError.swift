/// Why something could not be sealed, opened or decoded.
public enum CryptoError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Another key, other associated data, or changed bytes: which one cannot be told. Do not use it.
  case notAuthentic
  /// The text or bytes do not have the expected form: place, what was expected, what was found.
  case malformed(String)
  /// More bytes than one sealing may hold.
  case tooLarge(bytesMax: Int)

  public var description: String {
    switch self {
    case .notAuthentic: "the sealed bytes were changed, or the key or their place is another one"
    case .malformed(let text): text
    case .tooLarge(let bytesMax): "at most \(bytesMax) bytes can be sealed at once"
    }
  }
}
