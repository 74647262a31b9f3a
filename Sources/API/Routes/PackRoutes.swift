import Automation
import Connectors
import Crypto
import HTTPServer
import JSON
import Streams

/// `GET /packs`, `/packs/{ref or id}`, and `POST /api/v2/packs`, which takes a pack in: a line of
/// JSON for each file, `{"path", "mode", "base64"}`.
struct PackRoutes: Sendable {
  let content: ContentFollower
  let store: PackStore
  /// Where the packs' files are.
  let folder: String
  let space: any SpaceWatch
  /// Uploads at a time: each may hold a whole pack in memory.
  static let uploadsMax = 2

  private let uploads = Allowance(uploadsMax)

  init(
    _ content: ContentFollower, _ store: PackStore, folder: String, _ space: any SpaceWatch
  ) {
    self.content = content
    self.store = store
    self.folder = folder
    self.space = space
  }

  func register(on server: HTTPServer) {
    server.serveStackStorm(.get, "/packs") { try self.list($0) }
    server.serveStackStorm(.get, "/packs/{ref}") { try await self.get($0) }
    server.onUpload(.post, "/api/v2/packs", bodyBytesMax: 2 * PackBundle.bytesMax) {
      request, body in
      do { return try await self.post(request, body) } catch { return .of(error) }
    }
  }

  // MARK: - Reading

  private func list(_ request: Request) throws -> Response {
    let query = try ListQuery(
      request, ListQuery.Rules(sortKeys: ["ref", "name"], isAscending: true))
    let filter = request.query
    let names = ListQuery.values("name", filter)
    let refs = ListQuery.values("ref", filter)
    let ids = ListQuery.values("id", filter)
    let packs = content.content.packs
      .filter { ref, body in
        (names?.contains(body["name"]?.stringValue ?? ref) ?? true)
          && (refs?.contains(ref) ?? true)
          && (ids?.contains(ContentID.of("pack", ref)) ?? true)
      }
      .sorted { query.isAscending ? $0.key < $1.key : $0.key > $1.key }
    return Listing<(key: String, value: JSONValue)>.whole(packs, query) { pack, writer in
      ContentJSON.pack(pack.value, ref: pack.key, folder: folder)
        .write(query.attributes, into: &writer)
    }
  }

  private func get(_ request: Request) async throws -> Response {
    let ref = request.parameter("ref") ?? ""
    let pack = try await content.find { content in
      content.packs[ref].map { (ref, $0) }
        ?? content.packs.first { ContentID.of("pack", $0.key) == ref }.map { ($0.key, $0.value) }
    }
    guard let pack else { throw Fault.noContent("pack", ref) }
    return .json { ContentJSON.pack(pack.1, ref: pack.0, folder: folder).write(into: &$0) }
  }

  // MARK: - Taking in

  private func post(_ request: Request, _ body: RequestBody) async throws -> Response {
    guard !space.isLow else { return .refusal(space.refusal) }
    guard let share = uploads.take() else {
      throw Fault(429, "\(Self.uploadsMax) packs are being registered already")
    }
    defer { withExtendedLifetime(share) {} }
    let name = request.query["name"] ?? "pack"
    let bundle: PackBundle
    do {
      bundle = try PackBundle(name: name, files: try await files(body))
    } catch let error as PackBundle.BundleError {
      throw Fault(400, error.description)
    }
    do {
      let registration = try await store.register(bundle) { () throws(LogError) in
        try await content.catchUp()
        return content.content
      }
      try await content.catchUp()
      return Self.answer(registration)
    } catch PackStore.StoreError.refused(let diagnostics) {
      return Self.refusal(diagnostics)
    } catch let error as PackStore.StoreError {
      if case .busy = error { throw Fault(409, error.description) }
      throw Fault(503, error.description)
    }
  }

  private func files(_ body: RequestBody) async throws -> [PackBundle.File] {
    var lines = PackLines()
    var splitter = JSONSplitter(.lines, limits: PackLines.limits)
    do {
      while let piece = try await body.next() {
        try splitter.feed(piece) { lines.take($0) }
        if let fault = lines.fault { throw fault }
      }
      try splitter.finish { lines.take($0) }
    } catch let error as JSONError {
      throw Fault(400, "line \(error.line): \(error.refusal(ofDocumentAt: 1))")
    }
    if let fault = lines.fault { throw fault }
    return lines.files
  }

  private static func answer(_ registration: PackStore.Registration) -> Response {
    .json { writer in
      writer.value(
        .object([
          "pack": .string(registration.pack), "digest": .string(registration.digest),
          "changed": .bool(registration.isChanged),
          "actions": .int(registration.content.actions.count),
          "rules": .int(registration.content.rules.count),
          "trigger_types": .int(registration.content.triggerTypes.count),
          "diagnostics": .array(registration.diagnostics.map(\.json)),
        ]))
    }
  }

  private static func refusal(_ diagnostics: [Diagnostic]) -> Response {
    let errors = diagnostics.filter { $0.severity == .error }
    let more = errors.count > 1 ? " (and \(errors.count - 1) more)" : ""
    return .json(status: 400) { writer in
      writer.value(
        .object([
          "faultstring": .string(
            "the pack has mistakes: " + (errors.first.map { "\($0)" } ?? "") + more),
          "diagnostics": .array(diagnostics.map(\.json)),
        ]))
    }
  }
}

/// The files of a pack, line by line.
private struct PackLines {
  /// Bytes of one file.
  static let fileBytesMax = 64 << 20
  static let limits = JSONLimits(bytesMax: fileBytesMax / 3 * 4 + 4_096)

  private(set) var files: [PackBundle.File] = []
  private(set) var fault: Fault?
  private var bytes = 0

  mutating func take(_ piece: JSONSplitter.Piece) {
    guard fault == nil else { return }
    do throws(Fault) {
      let file = try Self.file(piece)
      bytes += file.bytes.count
      files.append(file)
    } catch {
      fault = error
    }
    if files.count > PackBundle.filesMax || bytes > PackBundle.bytesMax {
      fault = Fault(
        413, "a pack may have \(PackBundle.filesMax) files and \(PackBundle.bytesMax) bytes")
    }
  }

  private static func file(_ piece: JSONSplitter.Piece) throws(Fault) -> PackBundle.File {
    guard case .document(let text, let line) = piece else {
      throw Fault(413, "a file of a pack may have \(fileBytesMax) bytes")
    }
    let file: JSONView
    do {
      file = try JSONDocument(
        parsing: text, limits: JSONLimits(depthMax: 1, bytesMax: text.count)
      ).root
    } catch {
      throw Fault(400, "line \(line): \(error.refusal(ofDocumentAt: line))")
    }
    guard let path = file["path"]?.stringValue, let base64 = file["base64"]?.stringValue else {
      throw Fault(400, "line \(line): expected an object with path, mode and base64")
    }
    let bytes: [UInt8]
    do { bytes = try Base64.standard.decode(base64) } catch {
      throw Fault(400, "line \(line): \(path): \(error)")
    }
    let mode = file["mode"]?.intValue ?? 0o644
    return PackBundle.File(path: path, isExecutable: mode & 0o100 != 0, bytes: bytes)
  }
}
