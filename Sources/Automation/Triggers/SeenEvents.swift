public import Calendar
import JSON
public import Streams

/// The events that a lane has seen by their sender's source and id, so that a second copy gives no
/// second trigger instance. Kept in segments of ten minutes, and let go segment by segment: after
/// `window`, or when there are more than `idsMax`, whichever comes first.
public struct SeenEvents: Sendable {
  static let segmentSeconds: Int64 = 600

  public struct First: Sendable, Equatable {
    public let id: Identifier
    public let digest: String
  }

  public let window: Duration
  public let idsMax: Int
  private var segments: [Int64: [String: First]] = [:]
  private var changed: Set<Int64> = []
  public private(set) var count = 0

  public init(window: Duration = .seconds(86_400), idsMax: Int = 65_536) {
    self.window = window
    self.idsMax = idsMax
  }

  /// The first copy of an event, if it is still remembered at that time.
  public func first(_ source: String, _ senderID: String, at time: Instant) -> First? {
    let oldest = Self.segment(of: time - window)
    let name = Self.name(source, senderID)
    for (segment, ids) in segments where segment >= oldest {
      if let first = ids[name] { return first }
    }
    return nil
  }

  public mutating func insert(
    _ source: String, _ senderID: String, _ first: First, at time: Instant
  ) {
    let segment = Self.segment(of: time)
    if segments[segment, default: [:]].updateValue(first, forKey: Self.name(source, senderID))
      == nil
    {
      count += 1
    }
    changed.insert(segment)
    let oldest = Self.segment(of: time - window)
    for old in segments.keys.filter({ $0 < oldest }) { drop(old) }
    while count > idsMax, segments.count > 1, let old = segments.keys.min() { drop(old) }
  }

  private mutating func drop(_ segment: Int64) {
    count -= segments.removeValue(forKey: segment)?.count ?? 0
    changed.insert(segment)
  }

  private static func segment(of time: Instant) -> Int64 { time.seconds / segmentSeconds }
  private static func name(_ source: String, _ senderID: String) -> String {
    // The length keeps apart what would be one text otherwise.
    "\(source.utf8.count) \(source)\(senderID)"
  }

  static let entityPrefix = "seen/"

  mutating func save(_ scope: CheckpointScope, into writer: inout CheckpointWriter) {
    let names = scope == .everything ? segments.keys.sorted() : changed.sorted()
    changed.removeAll()
    for segment in names {
      let name = Self.entityPrefix + String(segment)
      guard let ids = segments[segment] else {
        writer.remove(name)
        continue
      }
      writer.entity(name) { writer in
        writer.beginObject()
        for (key, first) in ids.sorted(by: { $0.key < $1.key }) {
          writer.key(key)
          writer.value("\(first.id) \(first.digest)")
        }
        writer.endObject()
      }
    }
  }

  mutating func restore(_ entity: String, _ value: JSONView?) throws(RecordError) {
    guard let segment = Int64(entity.dropFirst(Self.entityPrefix.count)) else {
      throw RecordError("'\(entity)' is no segment of seen events")
    }
    count -= segments.removeValue(forKey: segment)?.count ?? 0
    guard let value else { return }
    var ids: [String: First] = [:]
    for member in value.members {
      let parts = member.value.stringValue?.split(separator: " ", maxSplits: 1) ?? []
      guard let id = parts.first.flatMap({ Identifier(String($0)) }) else {
        throw RecordError("a seen event must have an id")
      }
      ids[member.key] = First(id: id, digest: parts.count > 1 ? String(parts[1]) : "")
    }
    segments[segment] = ids
    count += ids.count
  }
}
