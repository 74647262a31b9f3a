import Glibc
import Telemetry
import Testing
import Threads

@testable import petrel

@Suite struct PartsTests {
  private struct Broken: Error, Equatable {}

  private let stop = StopRequest()
  private let parts: Parts

  init() {
    parts = Parts(logger: Logger(LogOutput(descriptor: -1)), stop: stop)
  }

  /// Runs until its task is cancelled.
  private static func last() async {
    let never = Wakeups()
    while await never.wait(past: 0, until: .now + .seconds(3_600)) != .cancelled {}
  }

  @Test func aPartThatFailsStopsTheRest() async {
    parts.start("other") { await Self.last() }
    parts.start("one") { throw Broken() }
    await stop.wait()
    #expect(parts.failure as? Broken == Broken())
    #expect(parts.isRunning("other"))
    await parts.stop("other")
    #expect(!parts.isRunning("other"))
  }

  @Test func aPartThatJustReturnsStopsTheRest() async {
    parts.start("engine") {}
    await stop.wait()
    #expect(parts.failure as? Parts.Ended == Parts.Ended(part: "engine"))
  }

  @Test func aPartThatIsStoppedIsNoFailure() async {
    parts.start("returns") { await Self.last() }
    parts.start("throws") {
      await Self.last()
      throw CancellationError()
    }
    await parts.stop("returns")
    await parts.stop("throws")
    #expect(parts.failure == nil)
  }

  @Test func whatComesToAnEndMayReturnButNotFail() async {
    let done = Wakeups()
    parts.perform("start") { done.notifyAll() }
    _ = await done.wait(past: 0, until: .now + .seconds(60))
    await parts.stop("start")
    #expect(parts.failure == nil)
    parts.perform("start") { throw Broken() }
    await stop.wait()
    #expect(parts.failure as? Broken == Broken())
  }
}

@Suite struct DataFolderTests {
  @Test func keysThatWereOpenToOthersAreShut() async throws {
    try await withFolder { path in
      defer { for name in ["keys", "packs"] { rmdir("\(path)/\(name)") } }
      mkdir("\(path)/keys", 0o755)
      chmod("\(path)/keys", 0o755)
      let folder = try DataFolder.layOut(path)
      var status = stat()
      #expect(stat(folder.keys, &status) == 0 && status.st_mode & 0o777 == 0o700)
    }
  }

  @Test func aLinkIsNoFolderOfKeys() async throws {
    try await withFolder { path in
      defer { unlink("\(path)/keys") }
      symlink("/tmp", "\(path)/keys")
      #expect(throws: DataFolder.Failure.self) { try DataFolder.layOut(path) }
    }
  }
}

@Suite struct ProductTextTests {
  @Test func aTakenPlaceComesWithItsRemedy() {
    let port = PlaceTaken(
      address: "127.0.0.1:9101", reason: "bind: Address already in use", isSocket: false)
    #expect(
      port.description
        == "cannot listen on 127.0.0.1:9101: bind: Address already in use; "
        + "choose another address with --listen")
    let socket = PlaceTaken(address: "/a", reason: "bind: File name too long", isSocket: true)
    #expect(socket.description.hasSuffix("choose another folder with --data"))
  }

  @Test func theCommandToLookIsOneForAShell() {
    let text = UpCommand.welcome(url: "http://127.0.0.1:9101", data: "/my data/it's")
    #expect(text.contains(#"--data '/my data/it'"'"'s'"#))
    #expect(UpCommand.welcome(url: "u", data: "/data").contains("--data /data\n"))
  }

  @Test func aReadingCommandDoesNotSpeakOfTheDisk() {
    #expect(NothingTaken().isLow)
    #expect(NothingTaken().refusal.hasPrefix("no server runs here"))
  }
}
