import Crypto
import JSON
import Testing

@testable import Runners

/// Secrets are taken out in every form in which they come.
@Suite struct ScrubberTests {
  private static let secret = "p@ss \"wörd\"/1"

  @Test func everyUsualEncodingIsMasked() {
    let scrubber = Scrubber([.string(Self.secret)])
    let bytes = Array(Self.secret.utf8)
    let forms = [
      Self.secret, JSONValue.string(Self.secret).text(), Hex.encode(bytes),
      Base64.standard.encode(bytes), "p%40ss%20%22w%C3%B6rd%22%2F1",
    ]
    for form in forms {
      let scrubbed = scrubber.scrub("<\(form)>")
      #expect(scrubbed == "<********>" || scrubbed == "<\"********\">", "\(form): \(scrubbed)")
    }
  }

  @Test(arguments: [
    ("abcdef", "abcdef", "********"), ("abcde", "abcde", "abcde"), ("abcdef", "abcde", "abcde"),
    ("aaaaaa", "aaaaaaaaaaaaa", "****************a"), ("abcdef", "xabcdefy", "x********y"),
    ("abcdef", "", ""),
  ])
  func secretsOfSixBytesAndMore(_ secret: String, _ text: String, _ scrubbed: String) {
    #expect(Scrubber([.string(secret)]).scrub(text) == scrubbed)
  }

  @Test func theLongestSecretWins() {
    let scrubber = Scrubber(["sesame", "open sesame now"])
    #expect(scrubber.scrub("say open sesame now, sesame") == "say ********, ********")
  }

  @Test func valuesAreScrubbedWithKeysAndNumbers() {
    let scrubber = Scrubber([["deep": ["sesame-1", 1_234_567]], true, .null])
    let value: JSONValue = [
      "sesame-1": ["x sesame-1", 1_234_567, 12, true, .null], "n": "1234567",
    ]
    #expect(
      scrubber.scrub(value)
        == ["********": ["x ********", "********", 12, true, .null], "n": "********"])
    #expect(Scrubber([true, .null, 12]).isEmpty)
  }

  @Test func aStreamCutAnywhereShowsNoSecret() {
    let scrubber = Scrubber(["sesame", "sesame-and-more"])
    let text = Array("a sesame b sesame-and-more sesa".utf8)
    for cut in 0...text.count {
      let open = scrubber.openEnd(of: Array(text[..<cut]))
      let first = Array(text[..<(cut - open)]), rest = Array(text[(cut - open)...])
      let joined = String(decoding: scrubber.scrub(first) + scrubber.scrub(rest), as: UTF8.self)
      #expect(joined == "a ******** b ******** sesa", "cut at \(cut)")
    }
    #expect(Scrubber([JSONValue]()).openEnd(of: text) == 0)
  }
}
