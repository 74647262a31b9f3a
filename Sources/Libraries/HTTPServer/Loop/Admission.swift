import Synchronization
import Threads

/// Counts what all loops together may have: connections, connections of one host, bytes of bodies.
/// Touched when a connection comes and goes and when a body grows, never for a plain request.
final class Admission: Sendable {
  enum Verdict: Equatable {
    case admitted
    /// Its host has too many: tell the client 429.
    case refusedHost
    /// There are too many of all hosts: tell the client 503.
    case refused
    /// There are too many to be told: close.
    case overrun
  }

  /// How many refused connections may be open at once to read why.
  static let refusedCountMax = 64

  private struct Counts {
    var total = 0
    var refused = 0
    var hosts: [RemoteHost: Int] = [:]
  }

  private let countMax: Int
  private let countPerHostMax: Int
  private let bodyBytesMax: Int
  private let counts = Locked(Counts())
  private let bodyBytes = Atomic(0)

  init(_ limits: ServerLimits) {
    countMax = limits.connectionCountMax
    countPerHostMax = limits.connectionCountPerHostMax
    bodyBytesMax = limits.bodyBytesTotalMax
  }

  /// Counts a new connection. Local peers have no limit of their own.
  func enter(_ remote: RemoteAddress) -> Verdict {
    counts.withLock { counts in
      let host = remote.host
      let known = remote.isLocal ? 0 : counts.hosts[host] ?? 0
      if counts.total < countMax, known < countPerHostMax {
        counts.total += 1
        if !remote.isLocal { counts.hosts[host] = known + 1 }
        return .admitted
      }
      if counts.refused == Self.refusedCountMax { return .overrun }
      counts.refused += 1
      return known < countPerHostMax ? .refused : .refusedHost
    }
  }

  /// Takes back what `enter` counted.
  func leave(_ remote: RemoteAddress, _ verdict: Verdict) {
    counts.withLock { counts in
      switch verdict {
      case .admitted:
        counts.total -= 1
        if remote.isLocal { return }
        let left = (counts.hosts[remote.host] ?? 1) - 1
        counts.hosts[remote.host] = left == 0 ? nil : left
      case .refused, .refusedHost: counts.refused -= 1
      case .overrun: break
      }
    }
  }

  var connectionCount: Int { counts.withLock { $0.total } }

  /// Whether a body may grow by so many bytes; if so they are counted.
  func takeBodyBytes(_ count: Int) -> Bool {
    let before = bodyBytes.add(count, ordering: .relaxed).oldValue
    if before + count <= bodyBytesMax { return true }
    bodyBytes.subtract(count, ordering: .relaxed)
    return false
  }

  func releaseBodyBytes(_ count: Int) {
    if count > 0 { bodyBytes.subtract(count, ordering: .relaxed) }
  }
}
