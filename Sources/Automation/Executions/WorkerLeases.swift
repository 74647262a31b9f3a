import Calendar
import JSON
import Streams

/// What the workers of a lane run, and until when they are believed to.
///
/// A lease ends 30 s after the later of an execution's start and its worker's last sign of life; at
/// once when the worker has come back as another incarnation. As log time follows the clock, which
/// may jump, the end of a lease first makes its worker suspected: 15 s more pass in which a living
/// one gives a sign.
struct WorkerLeases: Sendable {
  /// How long a worker may be silent before it is suspected.
  static let lease = Duration.seconds(30)
  /// How much longer before what it runs is lost; signs of life come every 10 s.
  static let grace = Duration.seconds(15)
  static let entityPrefix = "suspected/"

  /// By worker the executions that it runs, and since when.
  private var running: [WorkerName: [String: Instant]] = [:]
  private var suspected = Entities<(name: WorkerName, at: Instant)>()

  var isEmpty: Bool { running.isEmpty }

  mutating func begin(_ execution: String, by worker: WorkerName, at time: Instant) {
    running[worker, default: [:]][execution] = time
  }

  /// Nobody runs it any more.
  mutating func end(_ execution: String) {
    for worker in running.keys {
      guard running[worker]!.removeValue(forKey: execution) != nil else { continue }
      guard running[worker]!.isEmpty else { continue }
      running[worker] = nil
      if suspected[Self.key(worker)] != nil { suspected[Self.key(worker)] = nil }
    }
  }

  mutating func suspect(_ worker: WorkerName, at time: Instant) {
    guard running[worker] != nil else { return }
    suspected[Self.key(worker)] = (worker, time)
  }

  /// When the next lease or its grace ends.
  func earliestDeadline(_ workers: WorkersTable) -> Instant? {
    var earliest: Instant?
    for (worker, starts) in running {
      guard let start = starts.values.min() else { continue }
      let deadline = deadline(worker, start, workers).time
      earliest = min(earliest ?? deadline, deadline)
    }
    return earliest
  }

  /// The workers to suspect and the executions that are lost, each in a fixed order.
  func due(
    at time: Instant, _ workers: WorkersTable
  ) -> (suspects: [WorkerName], lost: [(name: String, worker: WorkerName)]) {
    var suspects: [WorkerName] = []
    var lost: [(name: String, worker: WorkerName)] = []
    for (worker, starts) in running {
      for (name, start) in starts {
        let (end, isFinal) = deadline(worker, start, workers)
        guard end <= time else { continue }
        if isFinal {
          lost.append((name, worker))
        } else if !suspects.contains(worker) {
          suspects.append(worker)
        }
      }
    }
    return (
      suspects.sorted { Self.key($0) < Self.key($1) }, lost.sorted { $0.name < $1.name }
    )
  }

  /// When something is to be done about an execution; final: it is lost then.
  private func deadline(
    _ worker: WorkerName, _ start: Instant, _ workers: WorkersTable
  ) -> (time: Instant, isFinal: Bool) {
    let seen = workers.seen[worker.worker]
    if let seen, seen.incarnation != worker.incarnation { return (start, true) }
    let sign = max(start, seen?.at ?? start)
    if let suspicion = suspected[Self.key(worker)], suspicion.at > sign {
      return (suspicion.at + Self.grace, true)
    }
    return (sign + Self.lease, false)
  }

  private static func key(_ worker: WorkerName) -> String {
    worker.worker + "/" + worker.incarnation
  }

  // MARK: - checkpoints

  mutating func save(_ scope: CheckpointScope, into writer: inout CheckpointWriter) {
    suspected.save(scope, prefix: Self.entityPrefix, into: &writer) { suspicion, writer in
      writer.beginObject()
      suspicion.name.write(into: &writer)
      writer.member("at", suspicion.at)
      writer.endObject()
    }
  }

  mutating func restore(_ entity: String, _ value: JSONView?) throws(RecordError) {
    let key = String(entity.dropFirst(Self.entityPrefix.count))
    guard let value else { return suspected.restore(key, nil) }
    suspected.restore(key, (try WorkerName(value), try value.instant("at")))
  }
}
