import Synchronization

/// Counts since the start of a server.
public struct ServerStatistics: Sendable, Equatable {
  public var connectionsOpen = 0
  public var connectionsAccepted = 0
  /// Answered 503 or closed because of a limit.
  public var connectionsRefused = 0
  public var requests = 0
  /// Requests that the server itself answered with a fault of the protocol or a limit.
  public var faults = 0
  /// Listeners of event streams that did not read fast enough.
  public var listenersDropped = 0
  /// Times that accepting was paused because the process had no descriptor left.
  public var acceptPauses = 0
}

/// The counters behind it.
final class ServerCounters: Sendable {
  let accepted = Atomic(0)
  let refused = Atomic(0)
  let requests = Atomic(0)
  let faults = Atomic(0)
  let listenersDropped = Atomic(0)
  let acceptPauses = Atomic(0)
}
