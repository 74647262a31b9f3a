import Connectors
import Glibc
import JSON
import Streams
import TestSupport

/// A log's folder and what can be seen in it.
struct LogFiles: Sendable {
  let folder = TemporaryFolder()
  var path: String { "\(folder.path)/log" }

  /// The segments' names in order.
  var segments: [String] { folder.names(in: "log").filter { $0.hasSuffix(".sqlite") } }

  var rows: [StoredRow] {
    get throws { try StoredRow.all(path, segments) }
  }

  func open(_ settings: SQLiteLogSettings = SQLiteLogSettings()) async throws -> SQLiteLog {
    try await SQLiteLog.open(path, settings: settings)
  }

  /// A log that begins a new segment after about so many bytes.
  func open(segmentBytesMax: Int) async throws -> SQLiteLog {
    var settings = SQLiteLogSettings()
    settings.segmentBytesMax = segmentBytesMax
    settings.tailBytesMax = 1
    return try await open(settings)
  }

  /// Bytes of a file in the log's folder; nil where there is none.
  func size(_ name: String) -> Int? {
    var facts = stat()
    return stat("\(path)/\(name)", &facts) == 0 ? Int(facts.st_size) : nil
  }
}

extension Outgoing {
  /// One event of about so many bytes.
  static func event(bytes: Int, _ topic: Topic = .testEvents) -> Outgoing {
    var outgoing = Outgoing()
    outgoing.add(
      topic, Lane(0), value: #"{"t":"\#(String(repeating: "t", count: bytes))"}"#.utf8)
    return outgoing
  }

  static func number(_ number: Int, _ topic: Topic = .testEvents) -> Outgoing {
    var outgoing = Outgoing()
    outgoing.add(topic, Lane(0), value: #"{"n":\#(number)}"#.utf8)
    return outgoing
  }
}

extension EventLog {
  /// The numbers of a topic's numbered values.
  func numbers(_ topic: Topic = .testEvents) async throws -> [Int] {
    try await records(topic).map { try $0.event()["n"]?.intValue ?? -1 }
  }
}

/// Looks again and again, at most a minute, until something holds.
func waitUntil(_ holds: () async throws -> Bool) async throws -> Bool {
  let deadline = ContinuousClock.now + .seconds(60)
  while ContinuousClock.now < deadline {
    if try await holds() { return true }
    await Task.yield()
  }
  return false
}
