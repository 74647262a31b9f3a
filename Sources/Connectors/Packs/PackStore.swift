public import Automation
import Calendar
import Crypto
import Glibc
import JSON
public import Streams
import Threads

/// Takes packs in: checks them, lays their files down under their digest, and records their content
/// as one change. Files of a digest never change, so an update never changes a script under a
/// running execution.
public struct PackStore: Sendable {
  public struct Registration: Sendable {
    public let pack: String
    public let digest: String
    /// Whether it differs from what was registered before.
    public let isChanged: Bool
    public let content: PackContent
    public let diagnostics: [Diagnostic]
  }

  public enum StoreError: Error, CustomStringConvertible {
    /// The pack has errors; all of them.
    case refused([Diagnostic])
    case unavailable(String)

    public var description: String {
      switch self {
      case .refused(let diagnostics):
        "the pack has mistakes:\n" + diagnostics.map { "\($0)" }.joined(separator: "\n")
      case .unavailable(let why): why
      }
    }
  }

  private let log: any EventLog
  /// Folder of `NAME@DIGEST`.
  private let folder: String

  public init(_ log: any EventLog, folder: String) {
    self.log = log
    self.folder = folder
  }

  /// Registers a pack as content stood at `current`. What the pack does not hold any more is
  /// removed.
  public func register(
    _ bundle: PackBundle, over current: Content
  ) async throws(StoreError) -> Registration {
    let (content, diagnostics) = checkPack(bundle.packFiles)
    guard let content else { throw .refused(diagnostics) }
    let ref = content.pack.ref
    let isChanged = current.packs[ref]?["digest"] != .string(bundle.digest)
    if isChanged {
      try await onOwnThread { () throws(StoreError) in try layDown(bundle, as: ref) }
      do { _ = try await log.append(change(content, bundle, over: current), .synced) } catch {
        throw .unavailable("\(error)")
      }
    }
    return Registration(
      pack: ref, digest: bundle.digest, isChanged: isChanged, content: content,
      diagnostics: diagnostics)
  }

  // MARK: - Files

  /// Disks may be slow, and a pack has many files.
  private func onOwnThread(
    _ work: @escaping @Sendable () throws(StoreError) -> Void
  ) async throws(StoreError) {
    let executor: ThreadExecutor
    do { executor = try ThreadExecutor(named: "pack") } catch {
      throw .unavailable("\(error)")
    }
    try await executor.run(work)
  }

  private func layDown(_ bundle: PackBundle, as ref: String) throws(StoreError) {
    let target = "\(folder)/\(ref)@\(bundle.digest)"
    var status = stat()
    if stat(target, &status) == 0 { return }
    let draft = "\(folder)/.\(ref)@\(Hex.encode(randomBytes(6)))"
    try makeFolder(folder)
    try makeFolder(draft)
    for file in bundle.files {
      let parts = file.path.split(separator: "/")
      for count in parts.indices where count > 0 {
        try makeFolder(draft + "/" + parts[..<count].joined(separator: "/"))
      }
      try write(file, to: "\(draft)/\(file.path)")
    }
    guard rename(draft, target) == 0 || errno == EEXIST || errno == ENOTEMPTY else {
      throw failure(target)
    }
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(folder) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure(folder) }
  }

  private func makeFolder(_ path: String) throws(StoreError) {
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw failure(path) }
  }

  private func write(_ file: PackBundle.File, to path: String) throws(StoreError) {
    let descriptor = open(
      path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file.isExecutable ? 0o755 : 0o644)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var start = 0
    while start < file.bytes.count {
      let count = file.bytes[start...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure(path) }
      start += count
    }
    guard fsync(descriptor) == 0 else { throw failure(path) }
  }

  private func failure(_ path: String) -> StoreError {
    .unavailable("\(path): \(String(cString: strerror(errno)))")
  }

  // MARK: - Records

  private func change(
    _ content: PackContent, _ bundle: PackBundle, over current: Content
  ) -> Outgoing {
    let pack = content.pack.ref
    var body = content.pack.json.objectValue ?? [:]
    body["digest"] = .string(bundle.digest)
    body["files"] = .array(bundle.files.map { .string($0.path) })
    var facts: [ContentFact] = [.recorded(.pack, ref: pack, body: .object(body))]
    facts += content.triggerTypes.map { .recorded(.triggerType, ref: $0.ref, body: $0.json) }
    facts += content.actions.map { .recorded(.action, ref: $0.ref, body: $0.json) }
    facts += content.rules.map { .recorded(.rule, ref: $0.ref, body: $0.json) }
    func gone(_ kind: ContentKind, _ refs: some Sequence<String>, _ kept: Set<String>) {
      for ref in refs.sorted() where ref.hasPrefix(pack + ".") && !kept.contains(ref) {
        facts.append(.removed(kind, ref: ref))
      }
    }
    gone(.triggerType, current.triggerTypes.keys, Set(content.triggerTypes.map(\.ref)))
    gone(.action, current.actions.keys, Set(content.actions.map(\.ref)))
    gone(.rule, current.rules.keys, Set(content.rules.map(\.ref)))
    facts.append(.changed(pack: pack, count: facts.count))
    return outgoing(facts)
  }

  private func outgoing(_ facts: [ContentFact]) -> Outgoing {
    var outgoing = Outgoing()
    for fact in facts {
      let lane = Lane(key: fact.subject ?? "")
      let envelope = Envelope(
        id: Hex.encode(randomBytes(12)), type: fact.type.description, source: "petrel/packs",
        time: log.now(), lane: lane, subject: fact.subject)
      outgoing.add(.content, lane) { writer in
        envelope.write(into: &writer) { fact.write(into: &$0) }
      }
    }
    return outgoing
  }
}
