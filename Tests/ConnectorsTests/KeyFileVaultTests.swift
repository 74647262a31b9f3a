import Automation
import Connectors
import Glibc
import JSON
import TestSupport
import Testing

@Suite struct KeyFileVaultTests {
  private static let place = SecretPlace(action: "shop.close", parameter: "token")

  private let folder = TemporaryFolder()
  private var path: String { "\(folder.path)/secrets.key" }

  @Test func theKeyIsKept() throws {
    let sealed = try KeyFileVault(path: path).seal(["word": "x"], for: Self.place)
    #expect(try KeyFileVault(path: path).open(sealed, for: Self.place) == ["word": "x"])
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(status.st_size == 32)
    #expect(folder.names() == ["secrets.key"])
  }

  @Test func aStartThatWasKilledWhileItMadeTheKeyIsNoHindrance() throws {
    folder.write([] as [UInt8], to: "secrets.key")
    folder.write([1, 2, 3] as [UInt8], to: "secrets.key.new")
    let sealed = try KeyFileVault(path: path).seal("x", for: Self.place)
    #expect(try KeyFileVault(path: path).open(sealed, for: Self.place) == "x")
    #expect(folder.names() == ["secrets.key"])
  }

  @Test func aKeyOfAnotherLengthIsNotReplaced() {
    folder.write([7] as [UInt8], to: "secrets.key")
    let error = #expect(throws: KeyFileVault.KeyError.self) { try KeyFileVault(path: path) }
    #expect(error?.description.contains("expected a key of 32 bytes") == true)
    #expect(TemporaryFolder.bytes(path) == [7])
  }

  @Test func whatIsSealedOpensHoweverLarge() throws {
    let vault = try KeyFileVault(path: path)
    let value = JSONValue.string(String(repeating: "x", count: 2 << 20))
    #expect(vault.open(vault.seal(value, for: Self.place), for: Self.place) == value)
  }

  @Test func aSecretOpensWhereItBelongsAndNowhereElse() throws {
    let vault = try KeyFileVault(path: path)
    let sealed = vault.seal("open sesame", for: Self.place)
    #expect(vault.open(sealed, for: Self.place) == "open sesame")
    for other in [
      SecretPlace(action: "core.http", parameter: "token"),
      SecretPlace(action: "shop.close", parameter: "door"),
      SecretPlace(action: "shop.closetoken", parameter: ""),
    ] {
      #expect(vault.open(sealed, for: other) == nil)
    }
    let again = try KeyFileVault(path: path)
    #expect(again.open(sealed, for: Self.place) == "open sesame")
    let stranger = try KeyFileVault(path: folder.path + "/other")
    #expect(stranger.open(sealed, for: Self.place) == nil)
  }
}
