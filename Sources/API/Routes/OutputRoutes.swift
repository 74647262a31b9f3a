import Automation
import Connectors
import HTTPServer
import JSON
import Streams
import Threads

/// `GET /executions/{id}/output`: what an action has written so far, as text, and
/// `/api/v2/executions/{id}/output?follow=true`: the same and what it writes from now on, as an
/// event stream that ends with the execution.
struct OutputRoutes: Sendable {
  /// Streams at a time; each reads all output of its partition.
  static let followersMax = 64

  let executions: ExecutionRoutes
  let log: any EventLog
  let view: View
  let stopping: Stopping
  private let followers = Allowance(followersMax)

  init(
    _ executions: ExecutionRoutes, _ log: any EventLog, _ view: View, _ stopping: Stopping
  ) {
    self.executions = executions
    self.log = log
    self.view = view
    self.stopping = stopping
  }

  func register(on server: HTTPServer) {
    for name in ["/executions", "/actionexecutions"] {
      server.serveStackStorm(.get, name + "/{id}/output") { try await self.text($0) }
    }
    server.serve(.get, "/api/v2/executions/{id}/output") { request in
      let isFollowing = try ListQuery.flag("follow", request.query) ?? false
      return isFollowing ? try await self.follow(request) : try await self.text(request)
    }
  }

  private func text(_ request: Request) async throws -> Response {
    let id = try await executions.row(request.parameter("id") ?? "").id
    let stream = request.query["output_type"].flatMap { $0 == "all" ? nil : $0 }
    let view = view
    return .stream(contentType: "text/plain; charset=utf-8") { body in
      var number = -1
      while true {
        let rows = try await OutputProjection.list(id, after: number, stream: stream, in: view)
        guard let last = rows.last else { return }
        for row in rows { try await body.write(Array(row.text.utf8)) }
        number = last.number
      }
    }
  }

  private func follow(_ request: Request) async throws -> Response {
    let row = try await executions.row(request.parameter("id") ?? "")
    guard let id = Identifier(row.id) else { throw Fault.noRow("execution", row.id) }
    guard let share = followers.take() else {
      throw Fault(429, "\(Self.followersMax) streams of output are open already")
    }
    let follower = OutputFollower(id: id, log: log, view: view, stopping: stopping)
    var response = Response.stream(contentType: "text/event-stream") { body in
      defer { withExtendedLifetime(share) {} }
      try await follower.run(to: body)
    }
    response.headers.append(("Cache-Control", "no-cache"))
    return response
  }
}

/// Tells streams without an end that the server goes down.
final class Stopping: Sendable {
  private let state = Locked(false)

  var hasBegun: Bool { state.withLock { $0 } }
  func begin() { state.withLock { $0 = true } }
}
