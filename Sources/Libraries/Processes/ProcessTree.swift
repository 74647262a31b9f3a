import CSpawn
import Glibc

/// All processes that come from one child, whatever they did to hide: `setsid`, double forks,
/// another environment, another user. They are recognised by their mark (see `Mark`).
public enum ProcessTree {
  /// The processes of the tree that run. Reads one number of every process of the machine: about
  /// 1 µs each; do not call it on the pool where there are very many.
  public static func members(marked name: String) -> [Int32] { members(Mark(name)) }

  /// Ends the tree: SIGTERM, after `graceMs` SIGKILL until nothing is left. Gives the processes
  /// that could not be killed. Also for what a former run of this program left behind.
  public static func kill(marked name: String, graceMs: Int) async -> [Int32] {
    await withCheckedContinuation { continuation in
      Reactor.spawner.submit {
        TreeKill(mark: Mark(name), graceMs: graceMs).begin { continuation.resume(returning: $0) }
      }
    }
  }

  static func members(_ mark: Mark) -> [Int32] {
    var members: [Int32] = []
    for pid in numbers() where mark.isOn(pid) {
      withProcess(pid, mark) { _ in members.append(pid) }
    }
    return members
  }

  /// All processes of the machine but this one.
  static func numbers() -> [Int32] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    let own = getpid()
    var numbers: [Int32] = []
    while let entry = readdir(folder) {
      let pid = withUnsafePointer(to: &entry.pointee.d_name.0) { Int32(atoi($0)) }
      if pid > 0, pid != own { numbers.append(pid) }
    }
    return numbers
  }

  /// Sends a signal to a member. 0, or errno; ESRCH when it is gone.
  static func signal(_ number: Int32, _ pid: Int32, _ mark: Mark) -> Int32 {
    var code = ESRCH
    withProcess(pid, mark) { code = cspawn_signal($0, number) == 0 ? 0 : errno }
    return code
  }

  /// Calls `body` with a descriptor of the process if it runs and carries the mark. It ran after
  /// the mark was seen, so the number was not given to another process in between.
  private static func withProcess(_ pid: Int32, _ mark: Mark, _ body: (Int32) -> Void) {
    let descriptor = cspawn_open(pid)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    guard mark.isOn(pid) else { return }
    var ended = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    if poll(&ended, 1, 0) == 0 { body(descriptor) }
  }
}

/// Ends one tree; lives on the spawner's thread.
/// A tree that makes processes faster than they are found is met by short pauses and many rounds;
/// what is left `killMs` after the first SIGKILL is given up as survivors.
final class TreeKill: @unchecked Sendable {
  static let killMs = 5000
  private static let looksMax = 50
  private static let killPauseMs = 5
  private static let lookPauseMsMax = 100

  private let mark: Mark
  private let group: Int32
  private let killCommand: KillCommand?
  private let killMs: Int
  private var killFromMs: Int64
  private var signalled: Set<Int32> = []
  private var commanded: Set<Int32> = []
  private var looks = 0
  private var done: (([Int32]) -> Void)?

  /// - Parameter group: a process group that got SIGTERM already; 0 for none.
  init(
    mark: Mark, graceMs: Int, group: Int32 = 0, killCommand: KillCommand? = nil,
    killMs: Int = TreeKill.killMs
  ) {
    self.killMs = killMs
    self.mark = mark
    self.group = group
    self.killCommand = killCommand
    killFromMs = Reactor.nowMs() + Int64(max(0, graceMs))
  }

  func begin(_ done: @escaping ([Int32]) -> Void) {
    self.done = done
    round()
  }

  /// Shortens the grace.
  func hasten(graceMs: Int) { killFromMs = min(killFromMs, Reactor.nowMs() + Int64(graceMs)) }

  private func round() {
    let members = ProcessTree.members(mark)
    let killingMs = Reactor.nowMs() - killFromMs
    let isKilling = killingMs >= 0
    guard !members.isEmpty, killingMs < killMs else {
      Adoption.reapAfterKill()
      done?(members)
      done = nil
      return
    }
    let refused = isKilling ? kill(members) : terminate(members)
    command(isKilling ? "-KILL" : "-TERM", refused, isKilling: isKilling)
    looks += 1
    let pauseMs = isKilling ? Self.killPauseMs : min(Self.lookPauseMsMax, 5 << min(looks, 5))
    _ = Reactor.spawner.after(ms: pauseMs) { self.round() }
  }
  /// Looks again at once while there are new ones, to outrun a process that forks and ends.
  private func kill(_ members: [Int32]) -> [Int32] {
    var refused: [Int32] = []
    var killed: Set<Int32> = []
    var members = members
    for _ in 0..<Self.looksMax {
      members = members.filter { killed.insert($0).inserted }
      if members.isEmpty { break }
      for pid in members where ProcessTree.signal(SIGKILL, pid, mark) == EPERM {
        refused.append(pid)
      }
      members = ProcessTree.members(mark)
    }
    return refused
  }

  /// Each process gets SIGTERM once; a stopped one is woken to take it.
  private func terminate(_ members: [Int32]) -> [Int32] {
    var refused: [Int32] = []
    for pid in members where signalled.insert(pid).inserted {
      // Signal 0 only asks whether the group's signal was allowed to reach this one.
      let isTold = group != 0 && getpgid(pid) == group
      if ProcessTree.signal(isTold ? 0 : SIGTERM, pid, mark) == EPERM { refused.append(pid) }
      _ = ProcessTree.signal(SIGCONT, pid, mark)
    }
    return refused
  }

  /// Lets the kill command signal what we may not, each process once for each signal.
  private func command(_ signal: String, _ refused: [Int32], isKilling: Bool) {
    let pids = refused.filter { commanded.insert(isKilling ? -$0 : $0).inserted }
    guard !pids.isEmpty, let killCommand else { return }
    var settings = ProcessSettings(
      killCommand.program, killCommand.arguments + [signal, "--"] + pids.map(String.init),
      environment: ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"])
    settings.input = .bytes(killCommand.input)
    settings.stdout = .nothing
    settings.stderr = .nothing
    settings.timeLimitMs = 10_000
    Child.start(settings, on: .shared, childrenMax: .max) { _ in }
  }
}
