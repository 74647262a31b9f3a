import Arguments
import Curl
import Glibc
import JSON
import Threads

/// `petrel events import`: sends a file of events, one a line, in bounded memory.
struct EventImport {
  static let pieceBytesMax = 256 << 10
  /// Refused lines that are shown to people; with `--json` the server's whole answer is.
  static let shownMax = 20

  let program: Program

  var command: Command {
    Command(
      "import", "Send events from a file, one JSON document a line",
      details: """
        Each line is a CloudEvent or the short form {"trigger", "payload", "key"?, "id"?, \
        "source"?, "time"?}. Good lines are taken, the others reported with their line; exit code \
        1 if there are any. What was taken has been synced to disk when this ends.
          petrel events import alerts.ndjson
          journalctl -o json -n 100 | ./to-events | petrel events import -
        """
    ) { c in
      let file = c.argument("file", String.self, "The file, or - for the standard input")
      let isWhole = c.flag(
        "all-or-none", nil, "Take nothing if one line is refused (small files only)")
      let json = c.flag("json", nil, "Print the server's answer")
      let connection = ConnectionOptions(in: &c)
      return { [self] values in
        let source = try ImportSource(values[file])
        let mode = values[isWhole] ? "all" : "valid"
        try await program.withClient(values, connection, .changing) { client in
          try await send(source, mode: mode, client, isJSON: values[json])
        }
      }
    }
  }

  private func send(
    _ source: ImportSource, mode: String, _ client: Client, isJSON: Bool
  ) async throws {
    let bar = ProgressBar(
      program.surroundings.errors, title: "sending", total: source.byteCount)
    let upload = HTTPRequest.Upload(byteCount: source.byteCount) {
      let piece = try await source.next()
      bar.add(piece?.count ?? 0)
      return piece
    }
    defer { bar.clear() }
    let body: [UInt8]
    do {
      body = try await client.send(
        lines: .stream(upload), to: "/api/v2/events", [QueryItem("mode", mode)]
      ).body
    } catch ClientError.refused(_, _, let answer) where Self.isReport(answer) {
      body = answer
    }
    bar.clear()
    try show(body, isJSON: isJSON)
  }

  /// A refusal of every line is an answer as well, and so is what was taken of a file before the
  /// server could not go on.
  private static func isReport(_ body: [UInt8]) -> Bool {
    (try? JSONValue(parsing: body, limits: Client.jsonLimits))?["rejected"]?.arrayValue != nil
  }

  private func show(_ body: [UInt8], isJSON: Bool) throws {
    let report: JSONValue
    do { report = try JSONValue(parsing: body, limits: Client.jsonLimits) } catch {
      throw ClientError.garbled("the server's answer is not JSON: \(error.message)")
    }
    let rejected = report["rejected"]?.arrayValue ?? []
    let count = report["rejected_count"]?.intValue ?? rejected.count
    let (output, errors) = (program.surroundings.output, program.surroundings.errors)
    if isJSON {
      try output.line(report.text())
    } else {
      for line in rejected.prefix(Self.shownMax) {
        try errors.line("line \(line.shown("line")): \(SafeText.line(line.shown("reason")))")
      }
      let shown = min(rejected.count, Self.shownMax)
      if count > shown { try errors.line("and \(count - shown) more lines") }
      if report["accepted_to_line"] != nil {
        try errors.line(SafeText.line(report.shown("faultstring")))
      }
      try output.line("accepted \(report["accepted"]?.intValue ?? 0), rejected \(count)")
    }
    if count > 0 || report["faultstring"] != nil { throw ExitCode(ExitCode.failure) }
  }
}

/// The bytes of a file or of the standard input, read on a thread of its own.
private final class ImportSource: Sendable {
  /// Nil where the end is not known before.
  let byteCount: Int?
  private let descriptor: Int32
  private let executor: ThreadExecutor

  init(_ path: String) throws {
    executor = try ThreadExecutor(named: "import")
    if path == "-" {
      descriptor = dup(0)
      guard descriptor >= 0 else {
        throw ExitCode(ExitCode.failure, "there is no standard input")
      }
      byteCount = nil
      return
    }
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
      throw ExitCode(ExitCode.failure, "\(path): \(String(cString: strerror(errno)))")
    }
    let kind = status.st_mode & S_IFMT
    guard kind != S_IFDIR else {
      throw ExitCode(ExitCode.failure, "\(path) is a folder; name a file of events, one a line")
    }
    byteCount = kind == S_IFREG ? Int(status.st_size) : nil
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func next() async throws -> [UInt8]? {
    try await executor.run { [descriptor] () throws(LocalFile.Fault) in
      try LocalFile.read(descriptor, bytesMax: EventImport.pieceBytesMax)
    }
  }
}
