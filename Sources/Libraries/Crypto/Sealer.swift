import COpenSSL

/// Authenticated encryption with AES-256 in GCM. Sealed bytes are nonce (12), ciphertext, tag (16).
/// The nonce is random: seal at most 2^32 times with one key, then change it.
///
/// The associated data is not stored: it names the place where the sealed bytes belong (a record, a
/// parameter), so that they cannot be moved to another one.
public struct Sealer: Sendable {
  /// What one sealing may hold: 256 MiB.
  public static let bytesMax = 256 << 20
  public static let overheadBytes = nonceBytes + tagBytes

  static let nonceBytes = 12
  private static let tagBytes = 16
  private let key: SecretKey

  /// The key has 32 bytes; anything else is `malformed`.
  public init(key: SecretKey) throws(CryptoError) {
    guard key.byteCount == 32 else {
      throw .malformed("sealing key: expected 32 bytes, found \(key.byteCount)")
    }
    self.key = key
  }

  public func seal(
    _ plain: [UInt8], associated: [UInt8] = []
  ) throws(CryptoError) -> [UInt8] {
    try seal(plain, associated: associated, nonce: randomBytes(Self.nonceBytes))
  }

  /// With a nonce that must never be used again with this key.
  func seal(
    _ plain: [UInt8], associated: [UInt8], nonce: [UInt8]
  ) throws(CryptoError) -> [UInt8] {
    try checkSize(plain.count, associated.count)
    let context = begin(encrypting: true, nonce)
    defer { EVP_CIPHER_CTX_free(context) }
    feed(context, associated)
    let count = plain.count
    return [UInt8](unsafeUninitializedCapacity: count + Self.overheadBytes) { output, written in
      let start = output.baseAddress!
      start.update(from: nonce, count: Self.nonceBytes)
      let body = start + Self.nonceBytes
      transform(context, plain, from: 0, count, into: body)
      var rest: Int32 = 0
      let done =
        EVP_CipherFinal_ex(context, body + count, &rest) == 1
        && EVP_CIPHER_CTX_ctrl(
          context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagBytes), body + count) == 1
      precondition(done, "OpenSSL does not seal")
      written = count + Self.overheadBytes
    }
  }

  /// The plain bytes, or `notAuthentic` when anything differs from what was sealed.
  public func open(
    _ sealed: [UInt8], associated: [UInt8] = []
  ) throws(CryptoError) -> [UInt8] {
    let count = sealed.count - Self.overheadBytes
    guard count >= 0 else {
      throw .malformed(
        "sealed bytes: expected at least \(Self.overheadBytes), found \(sealed.count)")
    }
    try checkSize(count, associated.count)
    let context = begin(encrypting: false, Array(sealed.prefix(Self.nonceBytes)))
    defer { EVP_CIPHER_CTX_free(context) }
    feed(context, associated)
    var tag = Array(sealed.suffix(Self.tagBytes))
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagBytes), &tag)

    var authentic = false
    var plain = [UInt8](unsafeUninitializedCapacity: max(count, 1)) { output, written in
      let start = output.baseAddress!
      transform(context, sealed, from: Self.nonceBytes, count, into: start)
      var rest: Int32 = 0
      authentic = EVP_CipherFinal_ex(context, start + count, &rest) == 1
      written = count
    }
    guard authentic else {
      ERR_clear_error()
      wipe(&plain)
      throw .notAuthentic
    }
    return plain
  }

  private func checkSize(_ bytes: Int, _ associated: Int) throws(CryptoError) {
    guard bytes <= Self.bytesMax, associated <= Self.bytesMax else {
      throw .tooLarge(bytesMax: Self.bytesMax)
    }
  }

  private func begin(encrypting: Bool, _ nonce: [UInt8]) -> OpaquePointer {
    guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("no memory to seal") }
    let ready = key.withUnsafeBytes { key in
      EVP_CipherInit_ex(
        context, EVP_aes_256_gcm(), nil, key.bindMemory(to: UInt8.self).baseAddress, nonce,
        encrypting ? 1 : 0)
    }
    precondition(ready == 1, "this OpenSSL has no AES-256-GCM")
    return context
  }

  private func feed(_ context: OpaquePointer, _ associated: [UInt8]) {
    guard !associated.isEmpty else { return }
    var count: Int32 = 0
    let done = EVP_CipherUpdate(context, nil, &count, associated, Int32(associated.count))
    precondition(done == 1, "OpenSSL takes no associated data")
  }

  private func transform(
    _ context: OpaquePointer, _ input: [UInt8], from offset: Int, _ count: Int,
    into output: UnsafeMutablePointer<UInt8>
  ) {
    guard count > 0 else { return }
    var written: Int32 = 0
    let done = input.withUnsafeBufferPointer {
      EVP_CipherUpdate(context, output, &written, $0.baseAddress! + offset, Int32(count))
    }
    precondition(done == 1 && written == Int32(count), "OpenSSL does not transform")
  }
}
