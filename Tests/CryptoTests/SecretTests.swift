import Testing

@testable import Crypto

@Suite struct SecretTests {
  // MARK: Keys

  @Test func keyTellsNothingButItsSize() {
    let key = SecretKey(Array("hunter2hunter2".utf8))
    var text = ""
    dump(key, to: &text)
    text += "\(key) \(String(reflecting: key))"
    #expect(text.contains("SecretKey of 14 bytes"))
    #expect(!text.contains("hunter2"))
    #expect(!text.contains("0x"))
  }

  @Test func wipingTakesTheBytesOver() {
    var bytes: [UInt8] = [1, 2, 3]
    let key = SecretKey(wiping: &bytes)
    #expect(bytes == [])
    #expect(key.withUnsafeBytes { Array($0) } == [1, 2, 3])
  }

  @Test func wipedMemoryHoldsZeros() {
    var bytes = [UInt8](repeating: 7, count: 64)
    // The storage stays with the array, so it may be looked at while the array lives.
    let storage = bytes.withUnsafeBufferPointer { $0 }
    wipe(&bytes)
    #expect(bytes == [])
    #expect(bytes.capacity >= 64)
    #expect(storage.allSatisfy { $0 == 0 })
    bytes.append(1)
  }

  @Test func randomBytesDiffer() {
    for count in [0, 1, 256, 257, 1_000] { #expect(randomBytes(count).count == count) }
    #expect(Set((0..<100).map { _ in randomBytes(16) }).count == 100)
    #expect(SecretKey.random().byteCount == 32)
  }

  @Test func constantTimeComparison() {
    let rows: [(String, String, Bool)] = [
      ("", "", true), ("a", "a", true), ("a", "b", false), ("a", "ab", false), ("", "a", false),
    ]
    for (left, right, expected) in rows {
      #expect(constantTimeEqual(left, right) == expected, "\(left) \(right)")
    }
  }

  /// RFC 5869, cases 1, 2 (shortened to its first bytes) and 3.
  @Test func derivationFollowsTheStandard() throws {
    let material = SecretKey([UInt8](repeating: 0x0B, count: 22))
    func hex(_ key: SecretKey) -> String { key.withUnsafeBytes { Hex.encode(Array($0)) } }
    let first = material.derived(
      info: try Hex.decode("f0f1f2f3f4f5f6f7f8f9"),
      salt: try Hex.decode("000102030405060708090a0b0c"), byteCount: 42)
    #expect(
      hex(first)
        == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
    #expect(
      hex(material.derived(for: "", byteCount: 42))
        == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
    let second = SecretKey(0x00...0x4F).derived(
      info: Array(0xB0...0xFF), salt: Array(0x60...0xAF), byteCount: 82)
    #expect(hex(second).hasPrefix("b11e398dc80327a1c8e7f78c596a4934"))
    #expect(hex(second).hasSuffix("cc30c58179ec3e87c14c01d5c1f3434f1d87"))
    #expect(material.derived(for: "", byteCount: 8_160).byteCount == 8_160)
  }

  @Test func fingerprintsTellEqualFromOther() {
    let key = SecretKey.random()
    let fingerprint = key.fingerprint(of: "hunter2")
    #expect(fingerprint.utf8.count == 43)
    #expect(fingerprint == key.fingerprint(of: Array("hunter2".utf8)))
    #expect(fingerprint != key.fingerprint(of: "hunter3"))
    #expect(fingerprint != SecretKey.random().fingerprint(of: "hunter2"))
    #expect(fingerprint != key.derived(for: "other").fingerprint(of: "hunter2"))
  }
}

@Suite struct SealerTests {
  /// Test cases 13, 14 and 16 of the specification of GCM (McGrew and Viega).
  static let vectors:
    [(key: String, nonce: String, plain: String, associated: String, out: String)] = [
      (
        String(repeating: "0", count: 64), String(repeating: "0", count: 24), "", "",
        "530f8afbc74536b9a963b4f1c4cb738b"
      ),
      (
        String(repeating: "0", count: 64), String(repeating: "0", count: 24),
        String(repeating: "0", count: 32), "",
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"
      ),
      (
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
          + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
          + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
          + "76fc6ece0f4e1768cddf8853bb2d551b"
      ),
    ]

  @Test(arguments: vectors.indices) func sealsAsTheStandardSays(index: Int) throws {
    let row = Self.vectors[index]
    let sealer = try Sealer(key: SecretKey(Hex.decode(row.key)))
    let plain = try Hex.decode(row.plain)
    let associated = try Hex.decode(row.associated)
    let sealed = try sealer.seal(plain, associated: associated, nonce: Hex.decode(row.nonce))
    #expect(Hex.encode(sealed) == row.nonce + row.out)
    #expect(try sealer.open(sealed, associated: associated) == plain)
  }

  @Test func sealedTwiceLooksDifferent() throws {
    let sealer = try Sealer(key: .random())
    let first = try sealer.seal([1, 2, 3])
    #expect(first.count == 3 + Sealer.overheadBytes)
    #expect(try first != sealer.seal([1, 2, 3]))
  }

  @Test func anyChangeIsNoticed() throws {
    let sealer = try Sealer(key: .random())
    let sealed = try sealer.seal(Array("secret".utf8), associated: [1])
    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 1
      #expect(throws: CryptoError.notAuthentic) { try sealer.open(changed, associated: [1]) }
    }
    #expect(throws: CryptoError.notAuthentic) { try sealer.open(sealed, associated: [2]) }
    #expect(throws: CryptoError.notAuthentic) { try sealer.open(sealed) }
    #expect(throws: CryptoError.notAuthentic) {
      try sealer.open(Array(sealed.dropLast()), associated: [1])
    }
    let other = try Sealer(key: .random())
    #expect(throws: CryptoError.notAuthentic) { try other.open(sealed, associated: [1]) }
  }

  @Test func wrongSizesAreSaid() throws {
    #expect(throws: CryptoError.malformed("sealing key: expected 32 bytes, found 31")) {
      _ = try Sealer(key: .random(byteCount: 31))
    }
    let sealer = try Sealer(key: .random())
    #expect(throws: CryptoError.malformed("sealed bytes: expected at least 28, found 27")) {
      try sealer.open(.init(repeating: 0, count: 27))
    }
    #expect(throws: CryptoError.tooLarge(bytesMax: Sealer.bytesMax)) {
      try sealer.seal(.init(repeating: 0, count: Sealer.bytesMax + 1))
    }
  }
}
