public import Automation
public import JSON
import Threads

/// Seals by keeping the value: the handle says nothing.
public final class TestVault: SecretVault {
  private let kept = Locked<[(place: SecretPlace, value: JSONValue)]>([])

  public init() {}

  public func seal(_ value: JSONValue, for place: SecretPlace) -> Sealed {
    let number = kept.withLock { kept in
      kept.append((place, value))
      return kept.count - 1
    }
    return Sealed(box: "\(number)", fingerprint: "f\(number)")
  }

  public func open(_ sealed: Sealed, for place: SecretPlace) -> JSONValue? {
    guard let number = Int(sealed.box) else { return nil }
    return kept.withLock { kept in
      guard kept.indices.contains(number), kept[number].place == place else {
        // A bare nil would be a null of JSON.
        return Optional<JSONValue>.none
      }
      return kept[number].value
    }
  }
}
