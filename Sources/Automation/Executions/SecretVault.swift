public import JSON

/// Seals secrets before they are recorded and opens them where they are used. The key is outside
/// the log.
public protocol SecretVault: Sendable {
  func seal(_ value: JSONValue, for place: SecretPlace) -> Sealed
  /// Nil when it was sealed with another key or for another place, or changed since.
  func open(_ sealed: Sealed, for place: SecretPlace) -> JSONValue?
}

/// Where a secret belongs: a parameter of an action. It opens nowhere else, so that whoever reads a
/// handle in the log cannot have it opened for an action of their own choice.
public struct SecretPlace: Sendable, Equatable {
  public let action: String
  public let parameter: String

  public init(action: String, parameter: String) {
    self.action = action
    self.parameter = parameter
  }

  /// Different places have different bytes: no reference holds a zero.
  public var bytes: [UInt8] { Array(action.utf8) + [0] + Array(parameter.utf8) }
}
