import Arguments
import Curl
import JSON

extension Program {
  /// A command that follows one of the server's lists.
  /// - Parameter define: adds the list's own options and says what to ask for.
  func tailCommand(
    _ help: String, details: String,
    _ define: (inout Signature) -> @Sendable (Values) throws -> Listing
  ) -> Command {
    Command("tail", help, details: details) { c in
      let listing = define(&c)
      let after = c.optional(
        "after", nil, String.self, "Begin behind this position, as an earlier tail named it")
      let json = c.flag("json", nil, "Print one JSON document a line instead of a table")
      let connection = ConnectionOptions(in: &c)
      return { values in
        // Ages would be those at which the command began.
        let output = Output(
          channel: surroundings.output, isJSON: values[json], isUTC: true, now: surroundings.now())
        let listing = try listing(values)
        try await withClient(values, connection, .changing) { client in
          var tail = ListTail(listing, client, output, surroundings.errors)
          try await tail.run(after: values[after])
        }
      }
    }
  }
}

/// Shows what comes to a list until it is cancelled. A stream that breaks is taken up again behind
/// the last row that was shown, so that each row is shown once.
struct ListTail {
  private static let pauseMs = 100
  private static let pauseMsMax = 2_000
  /// Of a server that starts, or has too much to do for the moment.
  private static let passing: Set<Int> = [429, 502, 503, 504]

  private let listing: Listing
  private let client: Client
  private let output: Output
  private let errors: Channel
  private var layout: TableLayout<JSONValue>?
  /// Position of the last row, or where the server said that the stream is.
  private var place: String?
  /// Whether there ever was a stream.
  private var hasBegun = false
  private var isLossTold = false
  private var pauseMs = Self.pauseMs

  init(_ listing: Listing, _ client: Client, _ output: Output, _ errors: Channel) {
    self.listing = listing
    self.client = client
    self.output = output
    self.errors = errors
  }

  /// Returns only by throwing.
  mutating func run(after: String?) async throws {
    place = after
    do {
      while true {
        try await tryStream()
        try await Task.sleep(for: .milliseconds(pauseMs))
        pauseMs = min(2 * pauseMs, Self.pauseMsMax)
      }
    } catch is CancellationError {
      if let place { try? errors.line("--after \(place) goes on from here") }
      throw CancellationError()
    }
  }

  /// Follows one stream to its end. Throws what no other attempt can mend.
  private mutating func tryStream() async throws {
    do {
      try await follow()
      tellLoss("the server has ended the stream")
    } catch let error as ClientError {
      switch error {
      case .unreachable where hasBegun: tellLoss("\(error)")
      case .refused(let status, _, _) where hasBegun && Self.passing.contains(status):
        tellLoss("\(error)")
      default: throw error
      }
    }
  }

  private mutating func tellLoss(_ why: String) {
    if !isLossTold { try? errors.line("\(why); trying again") }
    isLossTold = true
  }

  private mutating func follow() async throws {
    var query = listing.query + [QueryItem("follow", "true")]
    if !output.isJSON, !listing.leftOut.isEmpty {
      query.append(QueryItem("exclude_attributes", listing.leftOut.joined(separator: ",")))
    }
    let stream = try await client.stream(
      listing.path, query, headers: place.map { [("Last-Event-ID", $0)] } ?? [])
    var parser = ServerSentEvents()
    while let piece = try await Client.next(of: stream) {
      (hasBegun, isLossTold, pauseMs) = (true, false, Self.pauseMs)
      for event in try parser.feed(piece) {
        guard let row = try? JSONValue(parsing: event.data, limits: Client.jsonLimits) else {
          throw ClientError.garbled("the server sent an event that is not JSON")
        }
        try show(row, event.data)
        if !event.id.isEmpty { place = event.id }
      }
      if !parser.lastID.isEmpty { place = parser.lastID }
    }
  }

  private mutating func show(_ row: JSONValue, _ text: String) throws {
    if output.isJSON { return try output.line(output.jsonText(text)) }
    if layout == nil {
      let layout = TableLayout(listing.columns, for: [row], output)
      try output.line(layout.header)
      self.layout = layout
    }
    if let layout { try output.line(layout.line(row)) }
  }
}
