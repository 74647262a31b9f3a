import Arguments
import Crypto
import Curl
import JSON

/// `petrel pack`: folders of rules, actions and trigger types.
struct PackCommands {
  let program: Program

  var group: Command {
    Command("pack", "Packs: folders of rules, actions and trigger types", [list, get, register])
  }

  private var list: Command {
    program.listCommand("List packs", details: "  petrel pack list") { _ in
      { _ in
        Listing(
          path: "/api/v1/packs", leftOut: ["files"],
          columns: [
            Column("REF", member: "ref"), Column("VERSION", member: "version"),
            Column("AUTHOR", member: "author", isFlexible: true),
            Column("DESCRIPTION", member: "description", isFlexible: true),
          ])
      }
    }
  }

  private var get: Command {
    program.getCommand(
      "Show a pack", details: "  petrel pack get demo", argument: ("ref", "The pack's name"),
      path: "/api/v1/packs"
    ) { pack, output in
      try output.fields([
        ("ref", pack.shown("ref")), ("version", pack.shown("version")),
        ("description", pack.shown("description")), ("author", pack.shown("author")),
        ("email", pack.shown("email")), ("path", pack.shown("path")),
      ])
      try output.block("files", pack["files"])
    }
  }

  private var register: Command {
    Command(
      "register", "Put a pack's folder, as it is now, in force",
      details: """
        Its content takes effect whole or not at all; what has mistakes changes nothing. Hidden \
        files and links are left out.
          petrel pack register ./packs/demo
        """
    ) { c in
      let folder = c.argument("folder", String.self, "The pack's folder")
      let json = c.flag("json", nil, "Print the server's answer")
      let connection = ConnectionOptions(in: &c)
      return { [self] values in
        let pack = try program.hooks.packFiles(values[folder])
        try await program.withClient(values, connection, .changing) { client in
          let reply: Client.Reply
          do {
            reply = try await client.send(
              lines: Self.body(pack.files), to: "/api/v2/packs",
              [QueryItem("name", pack.name)])
          } catch ClientError.refused(let status, let reason, let body) {
            let report = try? JSONValue(parsing: body, limits: Client.jsonLimits)
            guard let diagnostics = report?["diagnostics"]?.arrayValue else {
              throw ClientError.refused(status: status, reason: reason, body: body)
            }
            if values[json] { try program.surroundings.output.line(report?.text() ?? "") }
            try DiagnosticText.show(diagnostics, in: values[folder], program.surroundings.errors)
            throw ExitCode(ExitCode.failure, SafeText.line(reason))
          }
          try show(reply, in: values[folder], isJSON: values[json])
        }
      }
    }
  }

  /// One file a line, made while it is sent.
  private static func body(_ files: [Hooks.PackFile]) -> HTTPRequest.Body {
    let lines = PackLines(files)
    return .stream(HTTPRequest.Upload { await lines.next() })
  }

  private func show(_ reply: Client.Reply, in folder: String, isJSON: Bool) throws {
    let output = program.surroundings.output
    if isJSON {
      return try output.line(String(decoding: reply.body, as: UTF8.self).trimmingLineEnd)
    }
    let report = try reply.json()
    try DiagnosticText.show(
      report["diagnostics"]?.arrayValue ?? [], in: folder, program.surroundings.errors)
    let name = SafeText.line(report.shown("pack"))
    let digest = SafeText.line(report.shown("digest"))
    guard report["changed"]?.boolValue != false else {
      return try output.line("\(name)@\(digest) is in force already; nothing changed")
    }
    try output.line(
      "\(name)@\(digest) is in force: \(report.shown("actions")) actions, "
        + "\(report.shown("rules")) rules, \(report.shown("trigger_types")) trigger types")
  }
}

/// The lines of a pack's files, one after the other.
private actor PackLines {
  private var files: ArraySlice<Hooks.PackFile>

  init(_ files: [Hooks.PackFile]) { self.files = files[...] }

  func next() -> [UInt8]? {
    guard let file = files.popFirst() else { return nil }
    var writer = JSONWriter(capacity: file.bytes.count * 4 / 3 + 256)
    writer.beginObject()
    writer.key("path")
    writer.value(file.path)
    writer.key("mode")
    writer.value(file.isExecutable ? 0o755 : 0o644)
    writer.key("base64")
    writer.value(Base64.standard.encode(file.bytes))
    writer.endObject()
    writer.endLine()
    return writer.bytes
  }
}

/// Mistakes in a pack, one a line: `folder/file:line:column: error: message (hint)`.
enum DiagnosticText {
  static func line(_ diagnostic: JSONValue, in folder: String) -> String {
    let place = [diagnostic.shown("file"), diagnostic.shown("line"), diagnostic.shown("column")]
      .filter { !$0.isEmpty }.joined(separator: ":")
    let hint = diagnostic.shown("hint")
    let path = folder.hasSuffix("/") ? folder : folder + "/"
    let text = "\(path)\(place): \(diagnostic.shown("severity")): \(diagnostic.shown("message"))"
    return SafeText.line(hint.isEmpty ? text : "\(text) (\(hint))")
  }

  static func show(_ diagnostics: [JSONValue], in folder: String, _ channel: Channel) throws {
    for diagnostic in diagnostics { try channel.line(line(diagnostic, in: folder)) }
  }
}

/// `petrel check`: all mistakes of a pack's folder, without a server.
struct CheckCommand {
  let program: Program

  var command: Command {
    Command(
      "check", "Say all that is wrong with a pack's folder",
      details: """
        Each mistake with file, line and column, what was expected and a hint. Warnings name what \
        is ignored. Exit code 1 if there are errors.
          petrel check ./packs/demo
        """
    ) { c in
      let folder = c.argument("folder", String.self, "The pack's folder")
      let json = c.flag("json", nil, "Print one JSON document: a list of diagnostics")
      return { [program] values in
        let diagnostics = try program.hooks.packCheck(values[folder])
        let output = program.surroundings.output
        let errors = diagnostics.count { $0.shown("severity") == "error" }
        if values[json] {
          try output.line(JSONValue.array(diagnostics).text())
        } else {
          try DiagnosticText.show(diagnostics, in: values[folder], output)
          let warnings = diagnostics.count - errors
          try output.line(
            diagnostics.isEmpty
              ? "\(SafeText.line(values[folder])) is sound"
              : "\(errors) error\(errors == 1 ? "" : "s"), "
                + "\(warnings) warning\(warnings == 1 ? "" : "s")")
        }
        if errors > 0 { throw ExitCode(ExitCode.failure) }
      }
    }
  }
}
