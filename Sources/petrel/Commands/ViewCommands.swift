import Arguments
import JSON

/// `petrel view`: the database that lists and answers are read from.
struct ViewCommands {
  let program: Program

  var group: Command { Command("view", "The database that lists are read from", [rebuild]) }

  private var rebuild: Command {
    Command(
      "rebuild", "Make the view anew from the log while the old one serves",
      details: """
        Mends a view that was made from another log (after a restore), was changed by hand or \
        spoiled. It is built beside the old one, which serves meanwhile, and takes its place at \
        the end. What is older than the log's first record is taken over from the old view. It \
        may be interrupted and run again.
          petrel view rebuild
        """
    ) { c in
      let format = OutputOptions(in: &c)
      let connection = ConnectionOptions(in: &c)
      return { [program] values in
        let output = program.output(values, format)
        try await program.withClient(values, connection) { client in
          let stream = try await client.stream(method: "POST", "/api/v2/view/rebuild")
          var progress = RebuildProgress(program.surroundings.errors)
          var lines = LineBuffer()
          while let piece = try await Client.next(of: stream) {
            for line in lines.add(piece) {
              let document = try Client.Reply(body: line, totalCount: nil).json()
              if progress.note(document) { continue }
              progress.clear()
              if let fault = document["faultstring"]?.stringValue {
                throw ExitCode(ExitCode.failure, fault)
              }
              return try Self.show(document, output)
            }
          }
          progress.clear()
          throw ClientError.unreachable(
            "the server broke off; the old view serves on, run 'petrel view rebuild' again")
        }
      }
    }
  }

  private static func show(_ document: JSONValue, _ output: Output) throws {
    if output.isJSON { return try output.line(document.text()) }
    try output.table(
      [
        Column("TABLE", member: "name"), Column("TAKEN OVER", member: "taken_over"),
        Column("FROM THE OLD VIEW UP TO", time: "boundary"),
      ], document["tables"]?.arrayValue ?? [])
  }
}

/// One bar over all projections: the server tells of each by itself.
private struct RebuildProgress {
  private let bar: ProgressBar
  private var parts: [String: (done: Int, total: Int)] = [:]

  init(_ channel: Channel) {
    bar = ProgressBar(channel, title: "rebuilding", total: nil, unit: .count("records"))
  }

  /// False: the line is not about progress.
  mutating func note(_ line: JSONValue) -> Bool {
    guard let name = line["projection"]?.stringValue, let done = line["done"]?.intValue,
      let total = line["total"]?.intValue
    else { return false }
    let before = parts[name]?.done ?? 0
    parts[name] = (done, total)
    bar.add(done - before, of: parts.values.reduce(0) { $0 + $1.total })
    return true
  }

  func clear() { bar.clear() }
}
