public import Automation
import Calendar
import Crypto
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
    /// The pack of this ref is being registered by somebody else.
    case busy(String)
    case unavailable(String)

    public var description: String {
      switch self {
      case .refused(let diagnostics):
        "the pack has mistakes:\n" + diagnostics.map { "\($0)" }.joined(separator: "\n")
      case .busy(let ref): "the pack '\(ref)' is being registered already"
      case .unavailable(let why): why
      }
    }
  }

  private let log: any EventLog
  private let drawer: PackDrawer
  /// Packs that are being taken in; of each one at a time.
  private let underway = Locked<Set<String>>([])

  /// - Parameter folder: of `NAME@DIGEST`.
  public init(_ log: any EventLog, folder: String) {
    self.log = log
    drawer = PackDrawer(folder: folder)
  }

  /// Removes what registrations left behind that a kill has cut short. Call it before any.
  public func sweep() async throws(StoreError) {
    try await onOwnThread { () throws(StoreError) in try drawer.sweep() }
  }

  /// Registers a pack. What it does not hold any more is removed.
  /// - Parameter newest: asked for the content once nobody else can change what is of this pack.
  public func register(
    _ bundle: PackBundle, over newest: () async throws(LogError) -> Content
  ) async throws(StoreError) -> Registration {
    let (content, diagnostics) = checkPack(bundle.packFiles)
    guard let content else { throw .refused(diagnostics) }
    let ref = content.pack.ref
    guard underway.withLock({ $0.insert(ref).inserted }) else { throw .busy(ref) }
    defer { underway.withLock { _ = $0.remove(ref) } }
    let current: Content
    do throws(LogError) { current = try await newest() } catch { throw .unavailable("\(error)") }
    let isChanged = current.packs[ref]?["digest"] != .string(bundle.digest)
    if isChanged {
      try await onOwnThread { () throws(StoreError) in try drawer.layDown(bundle, as: ref) }
      do { _ = try await log.append(change(content, bundle, over: current), .synced) } catch {
        throw .unavailable("\(error)")
      }
    }
    return Registration(
      pack: ref, digest: bundle.digest, isChanged: isChanged, content: content,
      diagnostics: diagnostics)
  }

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
