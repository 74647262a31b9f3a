import Automation
import Connectors
import Glibc
import Streams
import TestSupport
import Testing

/// What a process leaves on the page when it traps, seen from the next one.
@Suite struct TrapPageTests {
  private let folder = TemporaryFolder()
  private var path: String { "\(folder.path)/traps" }

  private func position(_ offset: Int64) -> Position {
    Position(Partition(.events, 3), offset: offset)
  }

  /// Runs a process that ends at a position; gives the signal that ended it.
  private func trap(at offset: Int64, by way: String) throws -> Int32 {
    let pid = try start(["\(offset)", way], output: nil)
    var status: Int32 = 0
    #expect(waitpid(pid, &status, 0) == pid)
    return status & 0x7f
  }

  private func start(_ arguments: [String], output: Int32?) throws -> pid_t {
    let program = try #require(Self.program, "the probe stands beside the tests")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    if let output {
      posix_spawn_file_actions_adddup2(&actions, output, 1)
    } else {
      posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    }
    // A thread of the pool blocks signals, and its children would.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var mask = sigset_t()
    sigemptyset(&mask)
    posix_spawnattr_setsigmask(&attributes, &mask)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let words: [UnsafeMutablePointer<CChar>?] =
      ([program, path] + arguments).map { strdup($0) } + [nil]
    let environment: [UnsafeMutablePointer<CChar>?] = [strdup("SWIFT_BACKTRACE=enable=no"), nil]
    defer { for word in words + environment { free(word) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, program, &actions, &attributes, words, environment)
    try #require(code == 0, "cannot start the probe: \(String(cString: strerror(code)))")
    return pid
  }

  private static let program = BuiltProgram.path("trap-probe")

  @Test(arguments: [
    ("index", SIGILL), ("overflow", SIGILL), ("address", SIGSEGV), ("stack", SIGSEGV),
    ("abort", SIGABRT), ("task", SIGSEGV),
  ])
  func aTrapMarksItsPositionAndEndsTheProcessAsEver(_ way: String, _ signal: Int32) throws {
    let ended = try trap(at: 4_000_000_000, by: way)
    // What stops a bad instruction is called SIGTRAP on some processors.
    #expect(ended == signal || signal == SIGILL && ended == SIGTRAP)
    #expect(try TrapPage(path: path).suspects == [position(4_000_000_000): 1])
  }

  @Test func trapsAtOnePositionAreCounted() throws {
    for count in 1...3 {
      _ = try trap(at: 7, by: "abort")
      #expect(try TrapPage(path: path).suspects == [position(7): count])
    }
    _ = try trap(at: 8, by: "index")
    #expect(try TrapPage(path: path).suspects == [position(7): 3, position(8): 1])
  }

  @Test func anEndThatIsNoTrapMarksNothing() throws {
    #expect(try trap(at: 1, by: "kill") == SIGKILL)
    #expect(try TrapPage(path: path).suspects == [:])
  }

  @Test func aTrapBetweenStepsMarksNothing() throws {
    #expect(try trap(at: 1, by: "leave") == SIGABRT)
    #expect(try TrapPage(path: path).suspects == [:])
  }

  @Test func aSignalFromOutsideMarksNothing() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    let pid = try start(["1", "wait"], output: ends[1])
    close(ends[1])
    var ready = [UInt8](repeating: 0, count: 5)
    #expect(read(ends[0], &ready, 5) == 5)
    kill(pid, SIGABRT)
    var status: Int32 = 0
    #expect(waitpid(pid, &status, 0) == pid)
    #expect(status & 0x7f == SIGABRT)
    #expect(try TrapPage(path: path).suspects == [:])
  }

  @Test func whatIsClearedIsForgotten() throws {
    _ = try trap(at: 7, by: "abort")
    _ = try trap(at: 8, by: "abort")
    let page = try TrapPage(path: path)
    page.clear(position(7))
    #expect(page.suspects == [position(8): 1])
    #expect(try TrapPage(path: path).suspects == [position(8): 1])
  }

  @Test func aFullPageGivesUpWhatWasMarkedLeast() throws {
    _ = try trap(at: 0, by: "abort")
    for offset in Int64(0)..<64 { _ = try trap(at: offset, by: "abort") }
    #expect(try TrapPage(path: path).suspects.count == 64)
    _ = try trap(at: 64, by: "abort")
    let suspects = try TrapPage(path: path).suspects
    #expect(suspects.count == 64)
    #expect(suspects[position(0)] == 2)
    #expect(suspects[position(64)] == 1)
  }

  @Test func aFileThatIsNoPageIsRefused() throws {
    for bytes in [[UInt8](repeating: 7, count: 4096), [1, 2, 3]] {
      folder.write(bytes, to: "traps")
      let error = #expect(throws: LogError.self) { try TrapPage(path: path) }
      #expect("\(try #require(error))".contains("\(path): this is no page of traps"))
    }
    #expect(throws: LogError.self) { try TrapPage(path: "\(folder.path)/none/traps") }
  }
}
