import Automation
import JSON
import Streams
import Threads

/// Brings the live output of one action into topic `output`: scrubbed, in pieces of whole
/// characters. What arrives while a piece is being appended waits, up to a limit; beyond it the
/// live view has a gap, which it says, and the result has not.
final class LiveOutput: OutputSink {
  static let waitingBytesMax = 1 << 20
  private static let gap = Array("\n[live output left out: it came too fast]\n".utf8)

  private struct State {
    var waiting: [(stream: OutputStream, bytes: [UInt8])] = []
    var waitingBytes = 0
    var hasGap = false
  }

  private let log: any EventLog
  private let execution: Identifier
  private let scrubber: Scrubber
  private let state = Locked(State())
  private let wakeups = Wakeups()

  init(_ log: any EventLog, _ execution: Identifier, _ scrubber: Scrubber) {
    self.log = log
    self.execution = execution
    self.scrubber = scrubber
  }

  func write(_ stream: OutputStream, _ bytes: [UInt8]) {
    state.withLock { state in
      guard state.waitingBytes + bytes.count <= Self.waitingBytesMax else {
        if !state.hasGap { state.waiting.append((stream, Self.gap)) }
        state.hasGap = true
        return
      }
      state.hasGap = false
      state.waitingBytes += bytes.count
      if let last = state.waiting.indices.last, state.waiting[last].stream == stream {
        state.waiting[last].bytes += bytes
      } else {
        state.waiting.append((stream, bytes))
      }
    }
    wakeups.notifyAll()
  }

  /// Appends what is written until the task is cancelled, then the rest.
  func run() async {
    var held: [OutputStream: [UInt8]] = [:]
    var number = 0
    while true {
      let seen = wakeups.count
      let isLast = Task.isCancelled
      let taken = state.withLock { state in
        let taken = state.waiting
        state.waiting = []
        state.waitingBytes = 0
        return taken
      }
      await append(taken, &held, &number, isLast: isLast)
      if isLast { return }
      _ = await wakeups.wait(past: seen, until: ContinuousClock.now + .seconds(60))
    }
  }

  private func append(
    _ pieces: [(stream: OutputStream, bytes: [UInt8])], _ held: inout [OutputStream: [UInt8]],
    _ number: inout Int, isLast: Bool
  ) async {
    var outgoing = Outgoing()
    func add(_ stream: OutputStream, _ bytes: [UInt8]) {
      guard !bytes.isEmpty else { return }
      let fact = OutputWritten(
        execution: execution, stream: stream.rawValue, number: number,
        text: scrubber.scrub(String(decoding: bytes, as: UTF8.self)))
      let envelope = Envelope(
        id: "\(execution)-\(number)", type: fact.type.description, source: "petrel/worker",
        time: log.now(), lane: execution.lane, subject: fact.subject)
      outgoing.add(.output, execution.lane) { writer in
        envelope.write(into: &writer) { fact.write(into: &$0) }
      }
      number += 1
    }
    for piece in pieces {
      let bytes = held[piece.stream, default: []] + piece.bytes
      let open = max(scrubber.openEnd(of: bytes), Self.openCharacter(of: bytes))
      held[piece.stream] = Array(bytes.suffix(open))
      add(piece.stream, Array(bytes.dropLast(open)))
    }
    if isLast {
      for (stream, bytes) in held { add(stream, bytes) }
    }
    guard !outgoing.isEmpty else { return }
    // Live output is for watching: when the log cannot take it, the result still comes.
    _ = try? await log.append(outgoing, .recorded)
  }

  /// Bytes at the end that begin a character which is not whole yet.
  private static func openCharacter(of bytes: [UInt8]) -> Int {
    for back in 1...4 where back <= bytes.count {
      let byte = bytes[bytes.count - back]
      if byte & 0xc0 == 0x80 { continue }
      let length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
      return length > back ? back : 0
    }
    return 0
  }
}
