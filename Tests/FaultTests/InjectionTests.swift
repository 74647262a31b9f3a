import Curl
import Glibc
import JSON
import Processes
import TestSupport
import Testing

/// Each call by which the server changes or opens a file fails in turn, or ends the server there.
/// What it promised before holds after the next start, in which nothing fails.
///
/// A point is a call's number among those of its thread; a thread that gets so far meets it.
@Suite(
  .serialized, .enabled(if: RunningPetrel.isPossible, "\(RunningPetrel.missing)"),
  .enabled(if: Tracer.isAllowed, "\(Tracer.missing)"))
struct InjectionTests {
  private static let events = 200
  private static let end = "signal=KILL"
  private static let faults = [end, "error=EIO", "error=ENOSPC"]

  struct Point: Sendable, CustomStringConvertible {
    let call: String
    let number: Int
    let fault: String

    var description: String { "\(call) \(number) \(fault)" }
    var injection: String { "inject=\(call):\(fault):when=\(number)" }
  }

  @Test func whatWasPromisedBeforeAFailingCallHolds() async throws {
    let points = try await points()
    try #require(!points.isEmpty)
    let step = max(1, points.count / min(points.count, Scale.points))
    let chosen = stride(from: 0, to: points.count, by: step).map { points[$0] }
    var (ends, acknowledged) = (0, 0)
    for point in chosen {
      let (hasEnded, count) = try await check(point)
      ends += hasEnded ? 1 : 0
      acknowledged += count
    }
    #expect(ends > 0 && acknowledged > 0)
    print(
      "\(chosen.count) of \(points.count) points, \(ends) ended the server,",
      "\(acknowledged) events acknowledged")
  }

  /// The server may end at each call; only those that concern its own files fail, for the system
  /// lets no other fail.
  private func points() async throws -> [Point] {
    var points: [Point] = []
    for (call, lines) in try await trace() {
      let own = Set(lines.filter(\.isOwn).map(\.number))
      for number in Set(lines.map(\.number)).sorted() {
        for fault in Self.faults where fault == Self.end || own.contains(number) {
          points.append(Point(call: call, number: number, fault: fault))
        }
      }
    }
    #expect(points.filter { $0.call == "pwrite64" }.count > 20)
    return points
  }

  /// A call as the tracer saw it: the how-manieth of its thread, and whether about the data.
  private struct Call {
    let number: Int
    let isOwn: Bool
  }

  private func trace() async throws -> [(call: String, lines: [Call])] {
    var calls: [String: [Call]] = [:]
    try await prepare { petrel in
      let file = petrel.folder.path + "/trace"
      let said = try await petrel.begin(
        under: Tracer.words + [
          "-y", "-o", file, "-e", "trace=\(Tracer.calls.joined(separator: ","))",
        ])
      #expect(said == nil)
      #expect(try await script(petrel).count == Self.events)
      await petrel.kill()
      var counts: [String: Int] = [:]
      let text = String(decoding: TemporaryFolder.bytes(file) ?? [], as: UTF8.self)
      for line in text.split(separator: "\n") {
        let words = line.split(separator: " ", maxSplits: 1)
        guard words.count == 2, let bracket = words[1].firstIndex(of: "("),
          case let call = String(words[1][..<bracket]), Tracer.calls.contains(call)
        else { continue }
        counts["\(words[0]) \(call)", default: 0] += 1
        calls[call, default: []].append(
          Call(
            number: counts["\(words[0]) \(call)"] ?? 0,
            isOwn: words[1].contains(petrel.data)))
      }
    }
    return calls.sorted { $0.key < $1.key }.map { (call: $0.key, lines: $0.value) }
  }

  private func check(_ point: Point) async throws -> (hasEnded: Bool, acknowledged: Int) {
    var (hasEnded, count) = (false, 0)
    try await prepare { petrel in
      let said = try await petrel.begin(
        under: Tracer.words + [
          "-o", "/dev/null", "-e", "trace=\(point.call)", "-e", point.injection,
        ])
      var acknowledged: Set<String> = []
      if said == nil { acknowledged = try await script(petrel) }
      let answer = try? await petrel.get("/healthz")
      hasEnded = answer == nil
      await petrel.kill()
      if let said = try await petrel.begin() {
        Issue.record("\(point): it does not start again: \(said.suffix(1_000))")
        return
      }
      let load = Load()
      #expect(await load.post(petrel), "\(point)")
      let judgement = Judgement(petrel: petrel)
      try await judgement.settle(withView: false)
      petrel.terminate()
      #expect(try await petrel.end().ending == .exited(0), "\(point)")
      let events = try judgement.checkFiles(acknowledged.union(load.acknowledged))
      #expect(events > 0, "\(point)")
      count = acknowledged.count
    }
    return (hasEnded, count)
  }

  /// Sends the events, some at a time, until one is not taken; the ids of those that were.
  private func script(_ petrel: RunningPetrel) async throws -> Set<String> {
    var acknowledged: Set<String> = []
    var next = 1_001
    while acknowledged.count < Self.events {
      let size = next % 20 == 1 ? 1 : 19
      let numbers = next..<next + size
      let body = numbers.map { Load.event($0).text() }.joined(separator: "\n")
      var request = try await petrel.request("POST", "/api/v2/events")
      request.body = .bytes(Array(body.utf8))
      request.headers = [("Content-Type", "application/x-ndjson")]
      request.timeLimits.totalMs = Tracer.answerMsMax
      guard let answer = try? await petrel.client.perform(request), answer.status == 202,
        Answer(answer).json["accepted"]?.intValue == size
      else { break }
      acknowledged.formUnion(numbers.map(Load.id))
      next += size
    }
    return acknowledged
  }

  /// Without a database: the view is none of what is looked at here.
  private func prepare(_ test: (RunningPetrel) async throws -> Void) async throws {
    var form = RunningPetrel.Form()
    form.port = try Tracer.freePort()
    form.arguments = ["--database", "host=/nonexistent"]
    try await RunningPetrel.prepare(form, test)
  }
}

/// The program that lets calls of the system fail.
enum Tracer {
  static let missing = "strace is missing, or may not trace here"
  /// The tracer is a child, so that the process that was started is the server.
  static let words = ["strace", "-D", "-f", "--seccomp-bpf", "-qq"]
  static let calls = [
    "write", "writev", "pwrite64", "fsync", "fdatasync", "openat", "rename", "renameat2",
    "ftruncate",
  ]
  /// After this a server that no longer answers is given up.
  static let answerMsMax = 5_000

  static let isAllowed: Bool = {
    guard let stream = popen("strace -qq -o /dev/null true 2>/dev/null", "r") else { return false }
    return pclose(stream) == 0
  }()

  /// One that nobody listens on now.
  static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    try #require(isBound, "no free port")
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
