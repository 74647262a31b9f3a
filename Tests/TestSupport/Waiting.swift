import Glibc
public import Testing
import Threads

/// Looks again and again until the fact is there, a minute at most.
public func until(
  sourceLocation: SourceLocation = #_sourceLocation, _ fact: () async throws -> Bool
) async rethrows {
  let end = ContinuousClock.now + .seconds(60)
  while !(try await fact()) {
    if ContinuousClock.now > end {
      Issue.record("waited for a minute in vain", sourceLocation: sourceLocation)
      return
    }
    await Task.yield()
    usleep(1000)
  }
}

/// What somebody has written so far, stream by stream, to wait on.
public final class Transcript<Stream: Hashable & Sendable>: Sendable {
  private let bytes = Locked<[Stream: [UInt8]]>([:])

  public init() {}

  public func add(_ stream: Stream, _ more: [UInt8]) {
    bytes.withLock { $0[stream, default: []] += more }
  }

  public func text(_ stream: Stream) -> String {
    String(decoding: bytes.withLock { $0[stream] ?? [] }, as: UTF8.self)
  }
}

public func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
