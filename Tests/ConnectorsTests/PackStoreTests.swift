import Automation
import Connectors
import Glibc
import Streams
import TestSupport
import Testing
import Threads

@Suite struct PackStoreTests {
  private let folder = TemporaryFolder()
  private let log = MemoryLog()
  private var store: PackStore { PackStore(log, folder: folder.path) }

  private static let metadata = """
    name: shop
    description: Things for tests
    version: 1.0.0
    author: Someone
    """

  private static func bundle(_ texts: [String: String] = [:]) throws -> PackBundle {
    let files = texts.merging(["pack.yaml": metadata]) { given, _ in given }
    return try PackBundle(
      name: "shop",
      files: files.map {
        PackBundle.File(path: $0.key, isExecutable: false, bytes: Array($0.value.utf8))
      })
  }

  @Test func filesLieUnderTheirDigest() async throws {
    let bundle = try Self.bundle(["actions/lib/a.sh": "true", "actions/b.sh": "false"])
    let registration = try await store.register(bundle) { ContentTable().content }
    #expect(registration.isChanged)
    let place = "shop@\(bundle.digest)"
    #expect(folder.names() == [place])
    #expect(folder.names(in: place) == ["actions", "pack.yaml"])
    #expect(
      TemporaryFolder.bytes("\(folder.path)/\(place)/actions/lib/a.sh") == Array("true".utf8))
  }

  @Test func whatFailsLeavesNothingBehind() async throws {
    // Longer than a file system takes, which is seen when a part of the pack is written already.
    let name = String(repeating: "z", count: 300)
    let bundle = try Self.bundle(["actions/a.sh": "true", "actions/\(name)": "false"])
    let error = await #expect(throws: PackStore.StoreError.self) {
      try await store.register(bundle) { ContentTable().content }
    }
    #expect(error?.description.contains("File name too long") == true)
    #expect(folder.names().isEmpty)
    #expect(try await log.bounds(Partition(.content)).end == 0)
  }

  @Test func draftsOfAKilledRegistrationAreSwept() async throws {
    mkdir("\(folder.path)/.shop@0123", 0o755)
    mkdir("\(folder.path)/.shop@0123/actions", 0o755)
    folder.write(Array("x".utf8), to: ".shop@0123/actions/a.sh")
    mkdir("\(folder.path)/shop@4567", 0o755)
    mkdir("\(folder.path)/.kept", 0o755)
    try await store.sweep()
    #expect(folder.names() == [".kept", "shop@4567"])
  }

  @Test func ofOnePackOneRegistrationIsUnderWay() async throws {
    let store = store
    let bundle = try Self.bundle()
    _ = try await store.register(bundle) {
      let error = await #expect(throws: PackStore.StoreError.self) {
        try await store.register(bundle) { ContentTable().content }
      }
      #expect(error?.description == "the pack 'shop' is being registered already")
      return ContentTable().content
    }
    #expect(try await store.register(bundle) { ContentTable().content }.isChanged)
  }

  @Test(arguments: [
    (["a", "a"], "pack: 'a' is there twice"),
    (["a/b", "a"], "pack: 'a' is a file, and 'a/b' lies below it"),
    (["a/b/c", "a/b.d", "a/b"], "pack: 'a/b' is a file, and 'a/b/c' lies below it"),
  ])
  func filesMustHavePlacesOfTheirOwn(paths: [String], complaint: String) {
    let files = paths.map { PackBundle.File(path: $0, isExecutable: false, bytes: []) }
    let error = #expect(throws: PackBundle.BundleError.self) {
      try PackBundle(name: "pack", files: files)
    }
    #expect(error?.description == complaint)
  }
}
