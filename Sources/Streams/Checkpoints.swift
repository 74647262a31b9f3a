public import JSON

/// How much of a state is to be saved.
public enum CheckpointScope: Sendable {
  case everything
  /// What changed since the last save.
  case changes
}

/// Takes the open entities of one processor on one lane. Names are a processor's own; the order of
/// the calls is kept, so a processor that writes in a fixed order writes the same bytes again.
public struct CheckpointWriter {
  /// Entities of one record are at most about this many bytes.
  static let recordBytesMax = 512 << 10

  private var writer = JSONWriter()
  private(set) var texts: [[UInt8]] = []
  private var isOpen = false

  public init() {}

  /// The entities as text, one JSON object each call of `entity` and `remove` a member.
  public mutating func finish() -> [[UInt8]] {
    close()
    return texts
  }

  public mutating func entity(_ name: String, _ write: (inout JSONWriter) -> Void) {
    open()
    writer.key(name)
    write(&writer)
    if writer.bytes.count > Self.recordBytesMax { close() }
  }

  /// Says that an entity saved before is closed.
  public mutating func remove(_ name: String) {
    entity(name) { $0.null() }
  }

  private mutating func open() {
    guard !isOpen else { return }
    writer.beginObject()
    isOpen = true
  }

  private mutating func close() {
    guard isOpen else { return }
    writer.endObject()
    texts.append(writer.bytes)
    writer = JSONWriter()
    isOpen = false
  }
}

/// Open entities by name, with what changed since the last save: the usual shape of a state.
public struct Entities<Entity: Sendable>: Sendable {
  public private(set) var all: [String: Entity] = [:]
  private var changed: Set<String> = []

  public init() {}

  public var count: Int { all.count }

  public subscript(name: String) -> Entity? {
    get { all[name] }
    set {
      all[name] = newValue
      changed.insert(name)
    }
  }

  /// Changes an entity in place; nothing if there is none.
  public mutating func update(_ name: String, _ change: (inout Entity) -> Void) {
    guard let place = all.index(forKey: name) else { return }
    change(&all.values[place])
    changed.insert(name)
  }

  /// Writes the entities in the order of their names, each under `prefix` and its name.
  public mutating func save(
    _ scope: CheckpointScope, prefix: String, into writer: inout CheckpointWriter,
    _ write: (Entity, inout JSONWriter) -> Void
  ) {
    let names = scope == .everything ? all.keys.sorted() : changed.sorted()
    changed.removeAll()
    for name in names {
      if let entity = all[name] {
        writer.entity(prefix + name) { write(entity, &$0) }
      } else {
        writer.remove(prefix + name)
      }
    }
  }

  /// Takes an entity back without counting it as changed.
  public mutating func restore(_ name: String, _ entity: Entity?) { all[name] = entity }
}

/// The beginning of a whole checkpoint: what was saved before it counts no more.
struct CheckpointOpened: FactCoding {
  var type: StaticString { "petrel.CheckpointOpened" }

  func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.endObject()
  }

  init() {}
  init(type: String, data: JSONView) throws(RecordError) {}
}

/// Part of a checkpoint: entities of one processor on one lane.
struct StateSaved: FactCoding {
  let processor: String
  let entities: [UInt8]

  var type: StaticString { "petrel.StateSaved" }
  var subject: String? { processor }

  func write(into writer: inout JSONWriter) {
    writer.raw(entities)
  }

  init(processor: String, entities: [UInt8]) {
    self.processor = processor
    self.entities = entities
  }

  init(type: String, data: JSONView) throws(RecordError) {
    throw RecordError("saved state is read in place")
  }
}

/// The end of a checkpoint: up to where the saved state reaches.
struct CheckpointClosed: FactCoding {
  /// For each topic of the lanes' facts the offset from which on facts must be folded.
  let positions: [String: Int]
  /// For each lane that had ticks how many.
  let ticks: [UInt8: Int64]

  var type: StaticString { "petrel.CheckpointClosed" }

  func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("positions")
    writer.beginObject()
    for (topic, offset) in positions.sorted(by: { $0.key < $1.key }) {
      writer.key(topic)
      writer.value(offset)
    }
    writer.endObject()
    writer.key("ticks")
    writer.beginObject()
    for (lane, count) in ticks.sorted(by: { $0.key < $1.key }) {
      writer.key(String(lane))
      writer.value(Int(count))
    }
    writer.endObject()
    writer.endObject()
  }

  init(positions: [String: Int], ticks: [UInt8: Int64]) {
    self.positions = positions
    self.ticks = ticks
  }

  init(type: String, data: JSONView) throws(RecordError) {
    guard let positions = data["positions"], positions.kind == .object,
      let ticks = data["ticks"], ticks.kind == .object
    else { throw RecordError("a closed checkpoint must have positions and ticks") }
    var offsets: [String: Int] = [:]
    for member in positions.members {
      offsets[member.key] = try Self.count(member, isKnown: offsets[member.key] != nil)
    }
    var counts: [UInt8: Int64] = [:]
    for member in ticks.members {
      guard let lane = UInt8(member.key), String(lane) == member.key else {
        throw RecordError("ticks: a lane must be a number from 0 to 255, found '\(member.key)'")
      }
      counts[lane] = Int64(try Self.count(member, isKnown: counts[lane] != nil))
    }
    self.positions = offsets
    self.ticks = counts
  }

  private static func count(_ member: JSONMember, isKnown: Bool) throws(RecordError) -> Int {
    guard !isKnown, let count = member.value.intValue, count >= 0 else {
      throw RecordError(
        """
        a closed checkpoint must have each count once, a whole number from 0 on; \
        found '\(member.key)' \(isKnown ? "again" : "with \(member.value.copy().text())")
        """)
    }
    return count
  }
}
