import Crypto
import Testing

@Suite struct HashTests {
  static let abc: [(Hash, String)] = [
    (.md5, "900150983cd24fb0d6963f7d28e17f72"),
    (.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      .sha384,
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
        + "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
    ),
    (
      .sha512,
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
    ),
  ]

  @Test(arguments: abc) func digestOfABC(hash: Hash, expected: String) {
    #expect(Hex.encode(hash.digest(of: "abc")) == expected)
    #expect(hash.byteCount == expected.utf8.count / 2)
  }

  @Test func digestOfNothing() {
    let expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    #expect(Hex.encode(Hash.sha256.digest(of: [])) == expected)
    #expect(Hex.encode(Hash.sha256.digest(of: "")) == expected)
    #expect(
      Hex.encode(Hash.sha256.digest(of: UnsafeRawBufferPointer(start: nil, count: 0))) == expected)
    #expect(Hex.encode(IncrementalHash(.sha256).digest()) == expected)
  }

  @Test(arguments: Hash.allCases) func piecesGiveTheSameAsTheWhole(hash: Hash) {
    let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    var pieces = IncrementalHash(hash)
    for start in stride(from: 0, to: 1_000, by: 37) {
      pieces.update(Array(bytes[start..<min(start + 37, 1_000)]))
    }
    pieces.update([])
    #expect(pieces.digest() == hash.digest(of: bytes))
  }

  /// RFC 4231 (cases 1, 2 and 6) and RFC 2202 (case 2).
  static let hmacs: [(Hash, [UInt8], String, String)] = [
    (
      .sha256, .init(repeating: 0x0B, count: 20), "Hi There",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      .sha256, Array("Jefe".utf8), "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      .sha256, .init(repeating: 0xAA, count: 131),
      "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
    (
      .sha1, Array("Jefe".utf8), "what do ya want for nothing?",
      "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
    ),
    // Python: hmac.new(b"", b"", "sha256").hexdigest()
    (.sha256, [], "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
  ]

  @Test(arguments: hmacs)
  func keyedHash(hash: Hash, key: [UInt8], text: String, expected: String) {
    #expect(Hex.encode(hash.hmac(of: Array(text.utf8), key: key)) == expected)
    #expect(Hex.encode(hash.hmac(of: Array(text.utf8), key: SecretKey(key))) == expected)
  }
}
