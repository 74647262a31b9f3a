public import Automation
public import JSON
import Threads

/// Seals by keeping the value: the handle says nothing.
public final class TestVault: SecretVault {
  private let kept = Locked<[JSONValue]>([])

  public init() {}

  public func seal(_ value: JSONValue) -> Sealed {
    let place = kept.withLock { kept in
      kept.append(value)
      return kept.count - 1
    }
    return Sealed(box: "\(place)", fingerprint: "f\(place)")
  }

  public func open(_ sealed: Sealed) -> JSONValue? {
    guard let place = Int(sealed.box) else { return nil }
    return kept.withLock { kept in
      // A bare nil would be a null of JSON.
      kept.indices.contains(place) ? kept[place] : Optional<JSONValue>.none
    }
  }
}
