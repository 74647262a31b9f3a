import Arguments
import JSON

/// `--limit`, `--offset` and `--all`.
struct PagingOptions: Sendable {
  static let limitMax = 100_000

  let limit: Key<Int>
  let offset: Key<Int>
  let all: Key<Bool>

  init(in signature: inout Signature) {
    limit = signature.option("limit", "n", default: 50, "How many to show")
    offset = signature.option("offset", nil, default: 0, "How many to leave out first")
    all = signature.flag("all", nil, "Show all of them")
  }

  func checked(_ values: Values) throws -> Page {
    guard (1...Self.limitMax).contains(values[limit]) else {
      throw ArgumentsError.usage(
        "--limit: expected a number from 1 to \(Self.limitMax), found '\(values[limit])'")
    }
    guard values[offset] >= 0 else {
      throw ArgumentsError.usage("--offset: expected 0 or more, found '\(values[offset])'")
    }
    return Page(limit: values[limit], offset: values[offset], isAll: values[all])
  }
}

struct Page: Sendable, Equatable {
  /// Rows that one request asks for where all are wanted.
  static let rowsMax = 500

  var limit: Int
  var offset: Int
  var isAll: Bool

  var rowsWanted: Int { isAll ? Self.rowsMax : limit }
}

/// Shows one of the server's lists. All of it is read page by page, so its size does not matter;
/// what comes in between moves the pages, so a row may then be seen twice.
struct Listing: Sendable {
  let path: String
  var query: [QueryItem] = []
  /// What tables do not show and need not be sent.
  var leftOut: [String] = []
  let columns: [Column<JSONValue>]

  /// - Parameter errors: says what is not shown.
  func show(_ client: Client, _ page: Page, _ output: Output, errors: Channel) async throws {
    var page = page
    let first = try await fetch(client, page, output)
    if output.isJSON, !page.isAll { return try output.json(first.body) }
    var rows = try Self.rows(first)
    let total = first.totalCount
    var shown = 0
    let layout = TableLayout(columns, for: rows, output)
    if output.isJSON {
      try output.line("[")
    } else if !rows.isEmpty {
      try output.line(layout.header)
    }
    while !rows.isEmpty {
      for row in rows {
        shown += 1
        if output.isJSON {
          try output.line((shown == 1 ? "" : ",") + output.jsonText(row.text()))
        } else {
          try output.line(layout.line(row))
        }
      }
      guard page.isAll, rows.count == page.rowsWanted else { break }
      page.offset += rows.count
      rows = try Self.rows(try await fetch(client, page, output))
    }
    if output.isJSON { try output.line("]") }
    guard !output.isJSON else { return }
    if shown == 0 { try errors.line("nothing found") }
    let end = page.offset + shown
    if !page.isAll, let total, total > end, shown > 0 {
      try errors.line("\(shown) of \(total); --offset \(end) shows more, --all shows all")
    }
  }

  private func fetch(_ client: Client, _ page: Page, _ output: Output) async throws -> Client.Reply
  {
    var query = query
    query.append(QueryItem("limit", "\(page.rowsWanted)"))
    if page.offset > 0 { query.append(QueryItem("offset", "\(page.offset)")) }
    if !output.isJSON, !leftOut.isEmpty {
      query.append(QueryItem("exclude_attributes", leftOut.joined(separator: ",")))
    }
    return try await client.get(path, query)
  }

  private static func rows(_ reply: Client.Reply) throws -> [JSONValue] {
    guard let rows = try reply.json().arrayValue else {
      throw ClientError.garbled("the server's answer is no list")
    }
    return rows
  }
}

/// Filters of a list: options that become parts of the query.
struct QueryFilters: Sendable {
  private var texts: [(name: String, key: Key<String?>)] = []

  mutating func add(
    _ option: String, as name: String, in signature: inout Signature, _ help: String
  ) {
    texts.append((name, signature.optional(option, nil, String.self, help)))
  }

  func items(_ values: Values) -> [QueryItem] {
    texts.compactMap { name, key in values[key].map { QueryItem(name, $0) } }
  }
}
