import COpenSSL

/// A hash function. `md5` and `sha1` resist nobody: they are here for content and protocols that
/// name them.
public enum Hash: Sendable, CaseIterable {
  case md5, sha1, sha256, sha384, sha512

  public var byteCount: Int {
    switch self {
    case .md5: 16
    case .sha1: 20
    case .sha256: 32
    case .sha384: 48
    case .sha512: 64
    }
  }

  public func digest(of bytes: [UInt8]) -> [UInt8] {
    bytes.withUnsafeBytes { digest(of: $0) }
  }

  public func digest(of text: String) -> [UInt8] {
    var text = text
    return text.withUTF8 { digest(of: UnsafeRawBufferPointer($0)) }
  }

  public func digest(of bytes: UnsafeRawBufferPointer) -> [UInt8] {
    let algorithm = self.algorithm
    return [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
      let done = EVP_Digest(
        bytes.baseAddress, bytes.count, output.baseAddress, nil, algorithm.pointer, nil)
      precondition(done == 1, "no memory to hash")
      count = byteCount
    }
  }

  /// The keyed hash of RFC 2104.
  public func hmac(of bytes: [UInt8], key: SecretKey) -> [UInt8] {
    key.withUnsafeBytes { key in bytes.withUnsafeBytes { hmac(of: $0, key: key) } }
  }

  public func hmac(of bytes: [UInt8], key: [UInt8]) -> [UInt8] {
    key.withUnsafeBytes { key in bytes.withUnsafeBytes { hmac(of: $0, key: key) } }
  }

  public func hmac(of bytes: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer) -> [UInt8] {
    let algorithm = self.algorithm
    // A null key means "the key of before" to OpenSSL.
    return withUnsafeBytes(of: UInt8(0)) { empty in
      [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
        let done = HMAC(
          algorithm.pointer, key.baseAddress ?? empty.baseAddress, Int32(key.count),
          bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, output.baseAddress, nil)
        precondition(done != nil, "no memory to hash")
        count = byteCount
      }
    }
  }
}

/// A hash function over bytes that come in pieces.
public struct IncrementalHash: ~Copyable {
  private let context: OpaquePointer
  private let hash: Hash

  public init(_ hash: Hash) {
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("no memory to hash") }
    self.context = context
    self.hash = hash
    let begun = EVP_DigestInit_ex2(context, hash.algorithm.pointer, nil)
    precondition(begun == 1, "no memory to hash")
  }

  deinit { EVP_MD_CTX_free(context) }

  public mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    let done = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    precondition(done == 1, "a hash takes no more bytes")
  }

  public consuming func digest() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: hash.byteCount) { output, count in
      let done = EVP_DigestFinal_ex(context, output.baseAddress, nil)
      precondition(done == 1, "no memory to hash")
      count = hash.byteCount
    }
  }
}

// MARK: - OpenSSL's algorithms

/// Looked up once: `EVP_sha256()` would make OpenSSL search its providers at each use.
struct Algorithm: @unchecked Sendable {
  let pointer: OpaquePointer

  fileprivate init(_ name: String) {
    guard let found = EVP_MD_fetch(nil, name, nil) else {
      preconditionFailure("this OpenSSL has no \(name)")
    }
    pointer = found
  }

  fileprivate static let md5 = Algorithm("MD5")
  fileprivate static let sha1 = Algorithm("SHA1")
  fileprivate static let sha256 = Algorithm("SHA256")
  fileprivate static let sha384 = Algorithm("SHA384")
  fileprivate static let sha512 = Algorithm("SHA512")
}

extension Hash {
  var algorithm: Algorithm {
    switch self {
    case .md5: .md5
    case .sha1: .sha1
    case .sha256: .sha256
    case .sha384: .sha384
    case .sha512: .sha512
    }
  }
}
