import Calendar
import Streams

/// The log as one process sees it: with faults, and where a mutation is tried, with a defect.
final class SimulatedLog: EventLog, @unchecked Sendable {
  enum Role { case engine, worker, client }

  private let store: SimulatedStore
  private let process: SimulatedProcess
  private let role: Role
  private let page: SimulatedPage?
  private let world: FaultSource
  private let mutation: Mutation?

  init(
    _ store: SimulatedStore, _ process: SimulatedProcess, _ role: Role, _ world: FaultSource,
    page: SimulatedPage? = nil, mutation: Mutation? = nil
  ) {
    self.store = store
    self.process = process
    self.role = role
    self.world = world
    self.page = page
    self.mutation = mutation
  }

  var incarnation: String { store.log.incarnation }
  func partitionCount(of topic: Topic) -> Int { store.log.partitionCount(of: topic) }
  func now() -> Instant { store.log.now() }

  // MARK: - Writing

  func append(
    _ records: Outgoing, _ durability: Durability
  ) async throws(LogError) -> [Appended] {
    try await write { () async throws(LogError) in
      let isLost = mutation?.losesAppend(role, world) ?? false
      if isLost { return [] }
      let durability = mutation?.durability(durability, role) ?? durability
      let appended = try await store.log.append(records, durability)
      await note(appended, [:], durability)
      return appended
    }
  }

  @discardableResult
  func commit(
    _ facts: Outgoing, consumed: Positions, as owner: Owner, _ durability: Durability
  ) async throws(LogError) -> [Appended] {
    do throws(LogError) {
      return try await write { () async throws(LogError) in
        try await commitNow(facts, consumed, owner, durability)
      }
    } catch {
      if mutation == .failedCommitTakenForDone, case .unavailable = error { return [] }
      throw error
    }
  }

  private func commitNow(
    _ facts: Outgoing, _ consumed: Positions, _ owner: Owner, _ durability: Durability
  ) async throws(LogError) -> [Appended] {
    let owner = mutation == .fencingIgnored ? world.newest(owner) : owner
    let durability = mutation?.durability(durability, role) ?? durability
    let facts = mutation?.facts(facts, role, world) ?? facts
    let consumed = mutation?.positions(consumed, role, world) ?? consumed
    guard let mutation, mutation == .positionsBeforeFacts || mutation == .factsBeforePositions,
      role == .engine, !facts.isEmpty
    else {
      let appended = try await store.log.commit(facts, consumed: consumed, as: owner, durability)
      await note(appended, consumed, durability)
      return appended
    }
    var appended: [Appended] = []
    for half in [mutation == .positionsBeforeFacts, mutation == .factsBeforePositions] {
      if half {
        try await store.log.commit(Outgoing(), consumed: consumed, as: owner, durability)
      } else {
        appended = try await store.log.append(facts, durability)
        await note(appended, [:], durability)
      }
      if world.happens(.diesAfter, 12) { try die() }
    }
    return appended
  }

  private func write(
    _ work: () async throws(LogError) -> [Appended]
  ) async throws(LogError) -> [Appended] {
    try checkAlive()
    if world.happens(.diesBefore) { try die() }
    if world.happens(.writeFailsBefore) { throw .unavailable("simulated") }
    if role != .engine, world.happens(.logIsFull) { throw .full }
    let appended = try await work()
    if world.happens(.diesAfter) { try die() }
    if world.happens(.writeFailsAfter) { throw .unavailable("simulated, after the fact") }
    return appended
  }

  private func note(
    _ appended: [Appended], _ consumed: Positions, _ durability: Durability
  ) async {
    do {
      try await store.note(appended, consumed, isDurable: durability == .synced)
    } catch {
      preconditionFailure("the log in memory reads what it wrote: \(error)")
    }
  }

  func sync() async throws(LogError) {
    try checkAlive()
    if world.happens(.writeFailsBefore) { throw .unavailable("simulated") }
    try await store.log.sync()
    store.noteSync()
  }

  private func die() throws(LogError) {
    process.die()
    throw .cancelled
  }

  private func checkAlive() throws(LogError) {
    if page?.hasTrapped ?? false { process.die() }
    if process.isDead { throw .cancelled }
  }

  // MARK: - Reading

  private func ask() throws(LogError) {
    try checkAlive()
    if world.happens(.readFails) { throw .unavailable("simulated") }
  }

  func read(
    from positions: Positions, to end: End, bytesMax: Int, wait: Duration
  ) async throws(LogError) -> Batch {
    try ask()
    let isShort = world.happens(.readIsShort)
    let batch = try await store.log.read(
      from: positions, to: end, bytesMax: isShort ? 1 : bytesMax, wait: .zero)
    return mutation?.batch(batch, from: positions, role, world) ?? batch
  }

  func bounds(_ partition: Partition) async throws(LogError) -> Bounds {
    try ask()
    return try await store.log.bounds(partition)
  }

  func position(
    of time: Instant, in partition: Partition
  ) async throws(LogError) -> Int64 {
    try ask()
    return try await store.log.position(of: time, in: partition)
  }

  func committed(_ group: String, partition: Int) async throws(LogError) -> Positions {
    try ask()
    let positions = try await store.log.committed(group, partition: partition)
    return mutation?.committed(positions, role, world) ?? positions
  }

  func serve(
    as group: String, _ body: @escaping @Sendable (Owner) async throws -> Void
  ) async throws {
    preconditionFailure("a simulation hands partitions out itself")
  }

  func trim(_ partition: Partition, before offset: Int64) async throws(LogError) {
    try ask()
    try await store.log.trim(partition, before: offset)
  }
}

/// Decides what goes wrong, from the seed.
final class FaultSource: @unchecked Sendable {
  private(set) var random: SeededRandom
  private let store: SimulatedStore
  private let partitionCount: Int
  /// One in so many calls meets each fault; 0 none.
  private var rates: [Fault: Int]
  private var owners: [Owner.Place: Owner] = [:]
  var isQuiet = false

  init(seed: UInt64, _ store: SimulatedStore, partitionCount: Int, rates: [Fault: Int]) {
    random = SeededRandom(seed)
    self.store = store
    self.partitionCount = partitionCount
    self.rates = rates
  }

  /// Whether the fault happens now; counts it.
  func happens(_ fault: Fault, _ rate: Int? = nil) -> Bool {
    guard !isQuiet, random.oneIn(rate ?? rates[fault] ?? 0) else { return false }
    store.count(fault)
    return true
  }

  func oneIn(_ count: Int) -> Bool { random.oneIn(count) }
  func int(_ range: ClosedRange<Int>) -> Int { random.int(range) }
  func pick<Element>(_ elements: [Element]) -> Element { random.pick(elements) }

  func takeOver(_ partition: Int, as group: String) -> Owner {
    let owner = store.log.takeOver(partition, as: group)
    owners[owner.place] = owner
    return owner
  }

  func newest(_ owner: Owner) -> Owner { owners[owner.place] ?? owner }
}
