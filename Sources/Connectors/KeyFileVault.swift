public import Automation
import Crypto
import Glibc
public import JSON
import Streams

/// Seals secrets with a key that stands in a file of its own, readable by its owner only. Whoever
/// has the log and not the file has no secret; whoever loses the file loses them all, so a backup
/// keeps it apart.
public final class KeyFileVault: SecretVault {
  static let keyBytes = 32

  public struct KeyError: Error, CustomStringConvertible {
    public let description: String
  }

  private let sealer: Sealer
  private let fingerprints: SecretKey

  /// Reads the key, or makes one where there is none.
  public init(path: String) throws(KeyError) {
    let key = try Self.key(at: path)
    do { sealer = try Sealer(key: key.derived(for: "petrel secrets")) } catch {
      throw KeyError(description: "\(path): \(error)")
    }
    fingerprints = key.derived(for: "petrel fingerprints")
  }

  public func seal(_ value: JSONValue, for place: SecretPlace) -> Sealed {
    let text = Array(value.text(sorted: true).utf8)
    let sealed = (try? sealer.seal(text, associated: place.bytes)) ?? []
    return Sealed(
      box: Base64.url.encode(sealed), fingerprint: fingerprints.fingerprint(of: text))
  }

  public func open(_ sealed: Sealed, for place: SecretPlace) -> JSONValue? {
    guard let box = try? Base64.url.decode(sealed.box),
      let text = try? sealer.open(box, associated: place.bytes)
    else { return nil }
    return try? JSONValue(parsing: text, limits: Limits.json)
  }

  private static func key(at path: String) throws(KeyError) -> SecretKey {
    func failed(_ what: String) -> KeyError {
      KeyError(description: "\(path): \(what): \(String(cString: strerror(errno)))")
    }
    let made = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if made >= 0 {
      defer { close(made) }
      var bytes = randomBytes(keyBytes)
      guard write(made, bytes, keyBytes) == keyBytes, fsync(made) == 0 else {
        unlink(path)
        throw failed("write the key")
      }
      return SecretKey(wiping: &bytes)
    }
    guard errno == EEXIST else { throw failed("make the key") }
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failed("read the key") }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: keyBytes + 1)
    guard read(descriptor, &bytes, keyBytes + 1) == keyBytes else {
      throw KeyError(description: "\(path): expected a key of \(keyBytes) bytes")
    }
    bytes.removeLast()
    return SecretKey(wiping: &bytes)
  }
}
