import Calendar
import Connectors
import HTTPServer
import JSON
import Streams

/// `POST /api/v2/view/rebuild`: makes the view anew from the log while the old one serves. The
/// answer is lines of JSON as it goes on: `{"projection", "done", "total"}`, and at the end
/// `{"tables": [{"name", "taken_over", "boundary"}]}` or `{"faultstring"}`. Who goes away ends it.
struct ViewRoutes: Sendable {
  /// Lines that wait for a slow reader; older ones are left out.
  private static let waitingMax = 64

  let rebuild: ViewRebuild

  func register(on server: HTTPServer) {
    server.serve(.post, "/api/v2/view/rebuild") { _ in
      .stream(contentType: "application/x-ndjson") { try await self.run($0) }
    }
  }

  private func run(_ body: BodyWriter) async throws {
    let (lines, continuation) = AsyncStream.makeStream(
      of: ViewRebuild.Progress.self, bufferingPolicy: .bufferingNewest(Self.waitingMax))
    try await withThrowingTaskGroup(of: JSONObject?.self) { tasks in
      tasks.addTask {
        defer { continuation.finish() }
        return await self.outcome { continuation.yield($0) }
      }
      tasks.addTask {
        for await line in lines {
          try await Self.send(
            [
              "projection": .string(line.projection), "done": .int(line.done),
              "total": .int(line.total),
            ], body)
        }
        return nil
      }
      for try await last in tasks {
        guard let last else { continue }
        try await tasks.waitForAll()
        try await Self.send(last, body)
        return
      }
    }
  }

  private func outcome(
    _ note: @escaping @Sendable (ViewRebuild.Progress) -> Void
  ) async -> JSONObject {
    do throws(ViewRebuildError) {
      let tables = try await rebuild.run(note).map { table -> JSONValue in
        [
          "name": .string(table.name), "taken_over": .int(table.takenOver),
          "boundary": table.boundary.map { .string($0.iso8601) } ?? .null,
        ]
      }
      return ["tables": .array(tables)]
    } catch {
      return ["faultstring": .string("the view was not rebuilt: \(error)")]
    }
  }

  private static func send(_ line: JSONObject, _ body: BodyWriter) async throws {
    var writer = JSONWriter()
    writer.value(.object(line))
    writer.endLine()
    try await body.write(writer.bytes)
  }
}
