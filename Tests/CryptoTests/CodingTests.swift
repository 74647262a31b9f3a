import Crypto
import Testing

@Suite struct CodingTests {
  // MARK: Hex

  @Test func hexBothWays() throws {
    let all = [UInt8](0...255)
    #expect(Hex.encode([0x00, 0x9A, 0xFF]) == "009aff")
    #expect(try Hex.decode(Hex.encode(all)) == all)
    #expect(try Hex.decode("00AbcDEF") == [0, 0xAB, 0xCD, 0xEF])
    #expect(try Hex.decode("") == [])
  }

  @Test(arguments: [
    ("abc", "hex: expected an even number of digits, found 3"),
    ("0g", "hex: expected a hexadecimal digit at 2, found another byte"),
    ("0x00", "hex: expected a hexadecimal digit at 2, found another byte"),
    (" 00 ", "hex: expected a hexadecimal digit at 1, found another byte"),
  ])
  func hexSaysWhatIsWrong(text: String, expected: String) {
    #expect(throws: CryptoError.malformed(expected)) { try Hex.decode(text) }
  }

  // MARK: Base64

  /// RFC 4648, section 10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ])
  func base64OfTheStandard(plain: String, coded: String) throws {
    let bytes = Array(plain.utf8)
    #expect(Base64.standard.encode(bytes) == coded)
    #expect(try Base64.standard.decode(coded) == bytes)
    let bare = String(coded.prefix { $0 != "=" })
    #expect(Base64.url.encode(bytes) == bare)
    #expect(try Base64.url.decode(bare) == bytes)
    #expect(try Base64.url.decode(coded) == bytes)
  }

  @Test func base64OfEveryByte() throws {
    let all = [UInt8](0...255)
    for alphabet in [Base64.standard, .url] {
      #expect(try alphabet.decode(alphabet.encode(all)) == all)
    }
    #expect(Base64.standard.encode([0xFB, 0xFF]) == "+/8=")
    #expect(Base64.url.encode([0xFB, 0xFF]) == "-_8")
  }

  @Test(arguments: [
    "Zg", "Zg=", "Zg===", "Z", "Z===", "=", "==", "====", "Zm9v=", "Zm9v====", "Zg==Zg==", "Zh==",
    "Zm9=", "Zm 9", "Zm9v\n", "-_8=", "Zm9é",
  ])
  func base64RefusesOtherForms(text: String) {
    #expect(throws: CryptoError.self) { try Base64.standard.decode(text) }
  }

  @Test(arguments: ["Zg=", "Z", "Z===", "Zh", "Zm9", "+/8", "Zg==Zg", "Zm9v===="])
  func base64URLRefusesOtherForms(text: String) {
    #expect(throws: CryptoError.self) { try Base64.url.decode(text) }
  }
}
