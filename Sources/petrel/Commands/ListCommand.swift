import Arguments
import Calendar
import JSON

extension Program {
  /// A command that shows one of the server's lists.
  /// - Parameter define: adds the list's own options and says what to ask for.
  func listCommand(
    _ help: String, details: String,
    _ define: (inout Signature) -> @Sendable (Values) throws -> Listing
  ) -> Command {
    Command("list", help, details: details) { c in
      let listing = define(&c)
      let paging = PagingOptions(in: &c)
      let format = OutputOptions(in: &c)
      let connection = ConnectionOptions(in: &c)
      return { values in
        let page = try paging.checked(values)
        let listing = try listing(values)
        try await withClient(values, connection) { client in
          try await listing.show(
            client, page, output(values, format), errors: surroundings.errors)
        }
      }
    }
  }

  /// A command that shows one thing whole.
  /// - Parameters: - path: of a collection; the name of the thing is put behind it.
  ///   - show: prints it for people.
  func getCommand(
    _ help: String, details: String, argument: (name: String, help: String), path: String,
    _ show: @escaping @Sendable (JSONValue, Output) throws -> Void
  ) -> Command {
    Command("get", help, details: details) { c in
      let name = c.argument(argument.name, String.self, argument.help)
      let format = OutputOptions(in: &c)
      let connection = ConnectionOptions(in: &c)
      return { values in
        try await withClient(values, connection) { client in
          let reply = try await client.get(path + "/" + percentEncoded(values[name]))
          let output = output(values, format)
          if output.isJSON { try output.json(reply.body) } else { try show(reply.json(), output) }
        }
      }
    }
  }
}

/// Columns and fields that many lists have.
extension Column where Row == JSONValue {
  /// A member, with inner ones behind dots.
  init(_ title: String, member path: String, isFlexible: Bool = false, style: Style = .plain) {
    let names = path.split(separator: ".").map(String.init)
    self.init(title, isFlexible: isFlexible, style: style) { row, _ in
      ValueText.short(row.member(names))
    }
  }

  init(_ title: String, time name: String) {
    self.init(title) { row, output in output.time(row[name]) }
  }
}

extension JSONValue {
  func member(_ path: [String]) -> JSONValue? {
    var place: JSONValue? = self
    for name in path { place = place?[name] }
    return place
  }

  /// A text, a number as text; empty for what is missing.
  func shown(_ path: String...) -> String { ValueText.short(member(path)) }
}

/// Points in time that bound a list.
struct TimeBounds: Sendable {
  private let since: Key<Instant?>
  private let until: Key<Instant?>

  init(in signature: inout Signature) {
    since = signature.optional("since", nil, Instant.self, "Not before: 2h, 2026-11-25")
    until = signature.optional("until", nil, Instant.self, "Not after")
  }

  func items(_ values: Values) -> [QueryItem] {
    [("timestamp_gt", values[since]), ("timestamp_lt", values[until])].compactMap { name, time in
      time.map { QueryItem(name, $0.iso8601) }
    }
  }
}
