/// One event of an event stream.
public struct ServerSentEvent: Sendable, Equatable {
  /// What a client listens to (`event:`); "" for its default, `message`.
  public var name: String
  /// Any text; each of its lines becomes a `data:` line.
  public var data: [UInt8]
  /// What a client sends back as `Last-Event-ID`.
  public var id: String
  /// Not sent: for listeners to choose by.
  public var key: String

  public init(name: String = "", data: [UInt8], id: String = "", key: String = "") {
    self.name = name
    self.data = data
    self.id = id
    self.key = key
  }

  static let heartbeat: [UInt8] = Array(":\n\n".utf8)

  /// Asks the client to come back after so many milliseconds.
  static func retry(afterMs: Int) -> [UInt8] { Array("retry: \(afterMs)\n\n".utf8) }

  /// The event as it is sent. Line ends in name and id would begin another field: they are dropped.
  public var text: [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(data.count + name.utf8.count + id.utf8.count + 32)
    if !name.isEmpty { Self.put("event: ", name, into: &text) }
    if !id.isEmpty { Self.put("id: ", id, into: &text) }
    text.append(contentsOf: "data: ".utf8)
    var wasReturn = false
    for byte in data {
      if byte == 0x0a && wasReturn {
        wasReturn = false
        continue
      }
      wasReturn = byte == 0x0d
      if byte == 0x0a || byte == 0x0d {
        text.append(contentsOf: "\ndata: ".utf8)
      } else {
        text.append(byte)
      }
    }
    text.append(contentsOf: [0x0a, 0x0a])
    return text
  }

  private static func put(_ field: StaticString, _ value: String, into text: inout [UInt8]) {
    text.append(
      contentsOf: UnsafeBufferPointer(start: field.utf8Start, count: field.utf8CodeUnitCount))
    text.append(contentsOf: value.utf8.filter { $0 != 0x0a && $0 != 0x0d && $0 != 0 })
    text.append(0x0a)
  }
}

/// What a listener wants with an event.
public enum EventVerdict: Sendable {
  case skip
  case send
  /// Send it and end the stream.
  case sendLast
}

/// One listener to be: which events of which channel, and what it is sent first.
public struct EventSubscription: Sendable {
  let channel: EventChannel
  let after: UInt64
  let backlog: [ServerSentEvent]
  let select: @Sendable (ServerSentEvent) -> EventVerdict
}
