import Arguments
import JSON

/// `petrel dead-letters redrive`: sends the inputs of dead letters again, one or all that have not
/// been sent yet, the oldest first. What is refused is told and does not hold the rest up.
struct DeadLetterRedrive {
  private static let path = "/api/v2/dead-letters"

  let program: Program

  var command: Command {
    Command(
      "redrive", "Send what was given up once more",
      details: """
        The event, command or result is appended again as the log holds it, once what kept it from \
        being obeyed is mended. Exit code 1 if any was refused.
          petrel dead-letters redrive events 1207 --reason 'the pack is registered now'
          petrel dead-letters redrive --all
        """
    ) { c in
      let place = c.rest("topic offset", String.self, "What the letter is about, as the list shows")
      let all = c.flag("all", nil, "All that have not been sent again yet")
      let reason = c.optional("reason", nil, String.self, "Why; it is kept with the letter")
      let format = OutputOptions(in: &c)
      let connection = ConnectionOptions(in: &c)
      return { [program] values in
        let wanted = try Self.place(values[place], isAll: values[all])
        try await program.withClient(values, connection, .changing) { client in
          let run = Run(
            client: client, reason: values[reason], output: program.output(values, format),
            errors: program.surroundings.errors)
          if let wanted { try await run.one(wanted) } else { try await run.all() }
        }
      }
    }
  }

  private struct Place { let topic: String, offset: String }

  /// Nil: all.
  private static func place(_ words: [String], isAll: Bool) throws -> Place? {
    if isAll {
      guard words.isEmpty else {
        throw ArgumentsError.usage("--all: expected no topic and offset beside it")
      }
      return nil
    }
    guard words.count == 2, Int(words[1]) != nil else {
      throw ArgumentsError.usage(
        "expected a topic and an offset, such as 'events 1207', or --all; found "
          + "'\(words.joined(separator: " "))'")
    }
    return Place(topic: words[0], offset: words[1])
  }

  private struct Run {
    let client: Client
    let reason: String?
    let output: Output
    let errors: Channel

    func one(_ place: Place) async throws {
      let body: JSONValue = reason.map { ["reason": .string($0)] } ?? [:]
      let reply = try await client.send(
        "POST", "\(path)/\(percentEncoded(place.topic))/\(place.offset)/redrive", json: body)
      if output.isJSON { return try output.json(reply.body) }
      let sent = try reply.json()
      try output.line(
        "\(place.topic) \(place.offset) is sent again as \(sent.shown("topic")) "
          + sent.shown("offset"))
    }

    /// What comes meanwhile, such as a letter about what was just sent, is left for another time.
    func all() async throws {
      let places = try await open()
      var refused = 0
      for place in places.reversed() {
        do {
          try await one(place)
        } catch ClientError.refused(let status, let reason, _) where status == 409 || status == 410
        {
          refused += 1
          try errors.line(SafeText.line("\(place.topic) \(place.offset): \(reason)"))
        }
      }
      try errors.line("sent \(places.count - refused) again, refused \(refused)")
      if refused > 0 { throw ExitCode(ExitCode.failure) }
    }

    /// Newest first, each record once.
    private func open() async throws -> [Place] {
      var places: [Place] = []
      var seen: Set<String> = []
      var offset = 0
      while true {
        let reply = try await client.get(
          path,
          [
            QueryItem("redriven", "false"), QueryItem("limit", "\(Page.rowsMax)"),
            QueryItem("offset", "\(offset)"), QueryItem("include_attributes", "topic,offset"),
          ])
        guard let rows = try reply.json().arrayValue else {
          throw ClientError.garbled("the server's answer is no list")
        }
        for row in rows {
          let place = Place(topic: row.shown("topic"), offset: row.shown("offset"))
          if seen.insert("\(place.topic) \(place.offset)").inserted { places.append(place) }
        }
        guard rows.count == Page.rowsMax else { return places }
        offset += rows.count
      }
    }
  }
}
