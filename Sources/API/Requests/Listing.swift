import Connectors
import HTTPServer
import JSON

/// Answers a list of the view. What one step brings is one answer; a longer list is sent step by
/// step as it is read, so that no list needs more memory than a step.
struct Listing<Row: Sendable>: Sendable {
  let query: ListQuery
  let total: Int
  let step: @Sendable (Window) async throws -> [Row]
  let place: @Sendable (Row) -> Window.Place
  /// Writes the rows of one step, one JSON value each.
  let write: @Sendable ([Row], inout JSONWriter) async throws -> Void

  func response() async throws -> Response {
    let wanted = max(0, min(query.limit ?? .max, total - query.offset))
    let rows = try await step(query.window)
    var response: Response
    if rows.count >= wanted || rows.isEmpty {
      var writer = JSONWriter()
      writer.beginArray()
      try await write(rows, &writer)
      writer.endArray()
      response = .json(writer.bytes)
    } else {
      response = .stream(contentType: "application/json") { body in
        try await stream(rows, wanted, to: body)
      }
    }
    response.headers += query.headers(total: total)
    return response
  }

  private func stream(_ first: [Row], _ wanted: Int, to body: BodyWriter) async throws {
    var rows = first
    var count = 0
    while let last = rows.last {
      var writer = JSONWriter()
      writer.beginArray()
      try await write(rows, &writer)
      writer.endArray()
      // Of the step's own brackets only the very first stays.
      var bytes = writer.bytes
      bytes.removeLast()
      bytes[0] = count == 0 ? UInt8(ascii: "[") : UInt8(ascii: ",")
      try await body.write(bytes)
      count += rows.count
      if count >= wanted { break }
      var window = Window(limit: wanted - count, isOldestFirst: query.isAscending)
      window.after = place(last)
      rows = try await step(window)
    }
    try await body.write([UInt8(ascii: "]")])
  }
}

extension Listing {
  /// A list of content, all of it at hand.
  static func whole(
    _ elements: [Row], _ query: ListQuery, _ write: (Row, inout JSONWriter) -> Void
  ) -> Response {
    var writer = JSONWriter()
    writer.beginArray()
    for element in query.part(of: elements) { write(element, &writer) }
    writer.endArray()
    var response = Response.json(writer.bytes)
    response.headers += query.headers(total: elements.count)
    return response
  }
}
