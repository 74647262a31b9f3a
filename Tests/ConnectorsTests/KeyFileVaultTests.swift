import Automation
import Connectors
import JSON
import Testing

@Suite struct KeyFileVaultTests {
  private static let place = SecretPlace(action: "shop.close", parameter: "token")

  @Test func aSecretOpensWhereItBelongsAndNowhereElse() throws {
    let folder = TemporaryFolder()
    let vault = try KeyFileVault(path: folder.path + "/key")
    let sealed = vault.seal("open sesame", for: Self.place)
    #expect(vault.open(sealed, for: Self.place) == "open sesame")
    for other in [
      SecretPlace(action: "core.http", parameter: "token"),
      SecretPlace(action: "shop.close", parameter: "door"),
      SecretPlace(action: "shop.closetoken", parameter: ""),
    ] {
      #expect(vault.open(sealed, for: other) == nil)
    }
    let again = try KeyFileVault(path: folder.path + "/key")
    #expect(again.open(sealed, for: Self.place) == "open sesame")
    let stranger = try KeyFileVault(path: folder.path + "/other")
    #expect(stranger.open(sealed, for: Self.place) == nil)
  }

  @Test func aLargeSecretOpensAgain() throws {
    let folder = TemporaryFolder()
    let vault = try KeyFileVault(path: folder.path + "/key")
    let value = JSONValue.string(String(repeating: "x", count: 2 << 20))
    #expect(vault.open(vault.seal(value, for: Self.place), for: Self.place) == value)
  }
}
