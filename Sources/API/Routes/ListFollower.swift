import Calendar
import Connectors
import HTTPServer
import JSON
import Streams

/// What a list that is followed makes of the records of its topic.
protocol FollowedRows: Sendable {
  static var topic: Topic { get }
  /// How its events are called.
  static var name: String { get }
  /// For each record its document; nil where it is no row of the list or was not asked for.
  mutating func documents(of records: [Record]) async throws -> [Document?]
}

/// Opens event streams that go on with a list: `?follow=true`. They begin behind `Last-Event-ID` or
/// `after`, else at the time that bounds the list, else now, and read to the log's durable end, so
/// what was sent is never taken back.
struct FollowDoor: Sendable {
  /// Streams at a time; each reads all of its topic.
  static let followersMax = 64

  private let log: any EventLog
  private let stopping: Stopping
  private let followers = Allowance(followersMax)

  init(_ log: any EventLog, _ stopping: Stopping) {
    self.log = log
    self.stopping = stopping
  }

  var lookup: RecordLookup { RecordLookup(log) }

  static func isAsked(_ request: Request) throws(Fault) -> Bool {
    try ListQuery.flag("follow", request.query) ?? false
  }

  /// Filters that ask for what only the view knows.
  static func refuse(_ filters: [String], _ request: Request) throws(Fault) {
    for name in filters where request.query[name] != nil {
      throw Fault(400, "\(name) cannot be asked for where a list is followed")
    }
  }

  func open<Rows: FollowedRows>(
    _ request: Request, _ rows: Rows, since: Instant? = nil
  ) async throws -> Response {
    let attributes = try ListQuery(request, ListQuery.Rules()).attributes
    let partitions = (0..<log.partitionCount(of: Rows.topic)).map { Partition(Rows.topic, $0) }
    let start = try await start(request, partitions, since)
    guard let share = followers.take() else {
      throw Fault(429, "\(Self.followersMax) lists are followed already")
    }
    let follower = ListFollower(
      rows: rows, attributes: attributes, start: start, log: log, stopping: stopping)
    var response = Response.stream(contentType: "text/event-stream") { body in
      defer { withExtendedLifetime(share) {} }
      try await follower.run(to: body)
    }
    response.headers.append(("Cache-Control", "no-cache"))
    return response
  }

  private func start(
    _ request: Request, _ partitions: [Partition], _ since: Instant?
  ) async throws -> FollowCursor {
    let given = request.header("last-event-id") ?? request.query["after"]
    var positions: Positions = [:]
    for partition in partitions {
      let bounds = try await log.bounds(partition)
      positions[partition] = bounds.durable
      if let since {
        let offset = try await log.position(of: since, in: partition)
        positions[partition] = min(bounds.durable, max(bounds.first, offset))
      }
    }
    guard let given, !given.isEmpty else {
      return FollowCursor(positions, incarnation: log.incarnation)
    }
    let cursor = try FollowCursor(given, partitions, incarnation: log.incarnation)
    for partition in partitions {
      let (offset, bounds) = (cursor.positions[partition] ?? 0, try await log.bounds(partition))
      // What was read to its last fact may be gone: nothing is missed.
      let isBegun = cursor.places[partition].map { $0.index > 0 } ?? false
      guard offset >= bounds.first || isBegun && offset + 1 == bounds.first else {
        throw Fault(
          410, "what follows '\(given)' is gone; the first record left is at \(bounds.first)")
      }
      guard offset <= bounds.end else {
        throw Fault(409, "'\(given)' lies beyond the log's end, \(bounds.end - 1)")
      }
    }
    return cursor
  }
}

/// Sends the rows of a list that come, each with its position as id, until the client goes or the
/// server stops.
struct ListFollower<Rows: FollowedRows>: Sendable {
  private static var readBytesMax: Int { 1 << 20 }
  private static var writeBytesMax: Int { 64 << 10 }
  /// Empty reads of a second between two signs of life.
  private static var heartbeatEvery: Int { 15 }

  let rows: Rows
  let attributes: Attributes
  let start: FollowCursor
  let log: any EventLog
  let stopping: Stopping

  func run(to body: BodyWriter) async throws {
    var rows = rows
    var cursor = start
    try await sendPlace(cursor, to: body)
    var quiet = 0
    while !stopping.hasBegun, !body.hasGone {
      let batch = try await log.read(
        from: cursor.positions, to: .durable, bytesMax: Self.readBytesMax, wait: .seconds(1))
      let hasSent = try await send(batch, &rows, &cursor, to: body)
      quiet = hasSent ? 0 : quiet + 1
      // Who has seen nothing for long must not come back to a position that is gone meanwhile.
      if quiet > 0, quiet.isMultiple(of: Self.heartbeatEvery) {
        try await sendPlace(cursor, to: body)
      }
    }
  }

  private func send(
    _ batch: Batch, _ rows: inout Rows, _ cursor: inout FollowCursor, to body: BodyWriter
  ) async throws -> Bool {
    let records = batch.records.filter { !cursor.hasPassed($0.position) }
    var bytes: [UInt8] = []
    var hasSent = false
    for (place, document) in try await rows.documents(of: records).enumerated() {
      let position = records[place].position
      let next = place + 1 < records.count ? records[place + 1].position : nil
      let isLast = next?.offset != position.offset || next?.partition != position.partition
      cursor.pass(position, isLastOfOffset: isLast)
      guard let document else { continue }
      var writer = JSONWriter()
      document.write(attributes, into: &writer)
      bytes += ServerSentEvent(name: Rows.name, data: writer.bytes, id: cursor.text).text
      hasSent = true
      guard bytes.count >= Self.writeBytesMax else { continue }
      try await body.write(bytes)
      bytes = []
    }
    try await body.write(bytes)
    cursor.pass(batch)
    return hasSent
  }

  /// Tells where the stream is; an event without data is none.
  private func sendPlace(_ cursor: FollowCursor, to body: BodyWriter) async throws {
    try await body.write(Array("id: \(cursor.text)\n\n".utf8))
  }
}
