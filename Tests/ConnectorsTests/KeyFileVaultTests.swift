import Automation
import Connectors
import Glibc
import JSON
import TestSupport
import Testing

@Suite struct KeyFileVaultTests {
  private let folder = TemporaryFolder()
  private var path: String { "\(folder.path)/secrets.key" }

  @Test func theKeyIsKept() throws {
    let sealed = try KeyFileVault(path: path).seal(["word": "x"])
    #expect(try KeyFileVault(path: path).open(sealed) == ["word": "x"])
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(status.st_size == 32)
    #expect(folder.names() == ["secrets.key"])
  }

  @Test func aStartThatWasKilledWhileItMadeTheKeyIsNoHindrance() throws {
    folder.write([] as [UInt8], to: "secrets.key")
    folder.write([1, 2, 3] as [UInt8], to: "secrets.key.new")
    let sealed = try KeyFileVault(path: path).seal("x")
    #expect(try KeyFileVault(path: path).open(sealed) == "x")
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
    #expect(vault.open(vault.seal(value)) == value)
  }
}
