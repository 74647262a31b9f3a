/// Takes a `text/event-stream` apart: pieces of bytes come in, events go out.
struct ServerSentEvents {
  struct Event: Equatable {
    let name: String
    let data: String
    /// The stream's last id when it came; empty for none.
    var id = ""
  }

  enum Fault: Error, CustomStringConvertible {
    case tooLong
    var description: String { "the server sent an event of more than \(bytesMax) bytes" }
  }

  /// Of one event.
  static let bytesMax = 32 << 20

  /// The newest id, of an event or alone: behind which the stream is to be taken up again.
  private(set) var lastID = ""
  private var id = ""
  private var line: [UInt8] = []
  private var name = ""
  private var data: [String] = []
  private var bytes = 0
  private var isBehindReturn = false

  mutating func feed(_ piece: [UInt8]) throws -> [Event] {
    var events: [Event] = []
    for byte in piece {
      defer { isBehindReturn = byte == UInt8(ascii: "\r") }
      if byte == UInt8(ascii: "\n"), isBehindReturn { continue }
      guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else {
        line.append(byte)
        bytes += 1
        if bytes > Self.bytesMax { throw Fault.tooLong }
        continue
      }
      if let event = endLine() { events.append(event) }
    }
    return events
  }

  private mutating func endLine() -> Event? {
    let text = String(decoding: line, as: UTF8.self)
    line.removeAll(keepingCapacity: true)
    if text.isEmpty {
      defer { (name, data, bytes) = ("", [], 0) }
      lastID = id
      guard !data.isEmpty else { return nil }
      return Event(
        name: name.isEmpty ? "message" : name, data: data.joined(separator: "\n"), id: id)
    }
    let field = text.prefix { $0 != ":" }
    var value = text.dropFirst(field.count + 1)
    if value.first == " " { value.removeFirst() }
    switch field {
    case "event": name = String(value)
    case "data": data.append(String(value))
    case "id": id = String(value)
    // Comments keep the connection alive; other fields mean nothing here.
    default: break
    }
    return nil
  }
}
