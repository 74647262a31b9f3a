public import JSON

/// Tells the handles of secrets, sealed ones and templates that wait for one, from other values.
/// Only the engine makes them. What comes from outside or out of a template must not look like one:
/// the worker would open it.
public enum SecretHandle {
  /// Why a value that looks like one is refused.
  public static let refusal =
    "an object of '\(Sealed.member)' and 'fingerprint', or of '\(Unfinished.member)' and "
    + "'context', is reserved for secrets"

  /// Whether a value is one or holds one.
  public static func isIn(_ value: JSONValue) -> Bool {
    if Sealed(value) != nil || Unfinished(value) != nil { return true }
    switch value {
    case .array(let elements): return elements.contains(where: isIn)
    case .object(let members): return members.contains { isIn($0.value) }
    default: return false
    }
  }

  /// The same of a value that has not been copied out.
  public static func isIn(_ view: JSONView) -> Bool {
    switch view.kind {
    case .array: return view.elements.contains { isIn($0) }
    case .object:
      if view[Sealed.member] != nil || view[Unfinished.member] != nil { return isIn(view.copy()) }
      return view.members.contains { isIn($0.value) }
    default: return false
    }
  }
}
