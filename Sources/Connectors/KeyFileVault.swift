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
    // What was made by a start that was killed before it wrote the key: nothing is sealed with it.
    var status = stat()
    let isThere = stat(path, &status) == 0 && status.st_size > 0
    if !isThere { try make(path) }
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path, "read the key") }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: keyBytes + 1)
    guard read(descriptor, &bytes, keyBytes + 1) == keyBytes else {
      throw KeyError(
        description: "\(path): expected a key of \(keyBytes) bytes; put the right file there, or "
          + "remove it: then a new key is made and what was sealed with the old one is lost")
    }
    bytes.removeLast()
    return SecretKey(wiping: &bytes)
  }

  /// Writes a key beside its place and puts it there when it is safe on the disk: a log must not
  /// hold secrets whose key a loss of power has taken.
  private static func make(_ path: String) throws(KeyError) {
    let draft = path + ".new"
    unlink(draft)
    let made = Glibc.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard made >= 0 else { throw failure(draft, "make the key") }
    let isWritten =
      SecretKey.random(byteCount: keyBytes).withUnsafeBytes {
        write(made, $0.baseAddress, $0.count)
      } == keyBytes && fsync(made) == 0
    let error = errno
    close(made)
    guard isWritten else {
      unlink(draft)
      errno = error
      throw failure(draft, "write the key")
    }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    guard rename(draft, path) == 0, syncFolder(folder) else {
      throw failure(path, "put the key there")
    }
  }

  private static func failure(_ path: String, _ what: String) -> KeyError {
    KeyError(description: "\(path): \(what): \(String(cString: strerror(errno)))")
  }
}
