import COpenSSL
import Glibc

/// Overwrites the bytes, so that no later reader of the memory finds them, and empties the array.
/// Where the array's storage is shared, the other owner keeps its bytes.
public func wipe(_ bytes: inout [UInt8]) {
  bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
  bytes.removeAll(keepingCapacity: true)
}

/// Bytes from the kernel's generator, good for keys and nonces.
public func randomBytes(_ count: Int) -> [UInt8] {
  // The most that one call gives.
  let pieceMax = 256
  return [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
    while written < count {
      let piece = min(count - written, pieceMax)
      let result = getentropy(buffer.baseAddress.map { $0 + written }, piece)
      precondition(result == 0, "the kernel gives no random bytes")
      written += piece
    }
  }
}

/// Compares in a time that depends on the lengths alone.
public func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}

public func constantTimeEqual(_ left: String, _ right: String) -> Bool {
  constantTimeEqual(Array(left.utf8), Array(right.utf8))
}
