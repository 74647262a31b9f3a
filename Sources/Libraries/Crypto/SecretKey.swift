import COpenSSL

/// The bytes of a key, in memory of their own that is overwritten when the last reference goes.
/// Never printed: its description tells only the size.
public final class SecretKey: @unchecked Sendable, CustomStringConvertible, CustomReflectable {
  private let storage: UnsafeMutableRawBufferPointer

  /// Copies the bytes; what they were copied from is the caller's to wipe.
  public init(_ bytes: some Collection<UInt8>) {
    storage = .allocate(byteCount: bytes.count, alignment: 16)
    storage.copyBytes(from: bytes)
  }

  /// Takes the bytes over: the array is overwritten.
  public convenience init(wiping bytes: inout [UInt8]) {
    self.init(bytes)
    wipe(&bytes)
  }

  deinit {
    OPENSSL_cleanse(storage.baseAddress, storage.count)
    storage.deallocate()
  }

  public static func random(byteCount: Int = 32) -> SecretKey {
    var bytes = randomBytes(byteCount)
    return SecretKey(wiping: &bytes)
  }

  public var byteCount: Int { storage.count }

  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(storage))
  }

  public var description: String { "SecretKey of \(byteCount) bytes" }

  public var customMirror: Mirror { Mirror(self, children: []) }
}

extension SecretKey {
  /// A key for one purpose (HKDF of RFC 5869 with SHA-256): whoever learns it learns neither this
  /// key nor one for another purpose. At most 8,160 bytes.
  public func derived(for purpose: String, salt: [UInt8] = [], byteCount: Int = 32) -> SecretKey {
    derived(info: Array(purpose.utf8), salt: salt, byteCount: byteCount)
  }

  func derived(info: [UInt8], salt: [UInt8], byteCount: Int) -> SecretKey {
    precondition(byteCount <= 255 * 32, "HKDF gives at most 8,160 bytes")
    var extracted = withUnsafeBytes { material in
      salt.withUnsafeBytes { Hash.sha256.hmac(of: material, key: $0) }
    }
    defer { wipe(&extracted) }
    var output: [UInt8] = []
    output.reserveCapacity(byteCount + 32)
    var block: [UInt8] = []
    var counter: UInt8 = 0
    while output.count < byteCount {
      counter += 1
      block = Hash.sha256.hmac(of: block + info + [counter], key: extracted)
      output += block
    }
    wipe(&block)
    let key = SecretKey(output.prefix(byteCount))
    wipe(&output)
    return key
  }

  /// Tells whether two values are equal to whoever has the key, and nothing to anyone else: the
  /// HMAC-SHA-256, in base64url, 43 characters. Use a key derived for just this.
  public func fingerprint(of bytes: [UInt8]) -> String {
    Base64.url.encode(Hash.sha256.hmac(of: bytes, key: self))
  }

  public func fingerprint(of text: String) -> String { fingerprint(of: Array(text.utf8)) }
}
