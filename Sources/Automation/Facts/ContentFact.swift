public import JSON
public import Streams

/// A change of content. A change of many records, such as a pack, is one append and takes effect
/// at its closing `changed`.
public enum ContentFact: FactCoding, Equatable {
  case recorded(ContentKind, ref: String, body: JSONValue)
  case removed(ContentKind, ref: String)
  /// The end of a change: the pack, and how many records it is made of.
  case changed(pack: String, count: Int)

  public var type: StaticString {
    switch self {
    case .recorded: "petrel.ContentRecorded"
    case .removed: "petrel.ContentRemoved"
    case .changed: "petrel.ContentChanged"
    }
  }

  public var subject: String? {
    switch self {
    case .recorded(_, let ref, _), .removed(_, let ref): ref
    case .changed(let pack, _): pack
    }
  }

  public func write(into writer: inout JSONWriter) {
    writer.beginObject()
    switch self {
    case .recorded(let kind, let ref, let body):
      writer.member("kind", kind.rawValue)
      writer.member("ref", ref)
      writer.member("body", body)
    case .removed(let kind, let ref):
      writer.member("kind", kind.rawValue)
      writer.member("ref", ref)
    case .changed(let pack, let count):
      writer.member("pack", pack)
      writer.member("count", count)
    }
    writer.endObject()
  }

  public init(type: String, data: JSONView) throws(RecordError) {
    switch type {
    case "petrel.ContentRecorded":
      self = .recorded(
        try ContentKind(in: data), ref: try data.text("ref"),
        body: data["body"]?.copy() ?? .null)
    case "petrel.ContentRemoved":
      self = .removed(try ContentKind(in: data), ref: try data.text("ref"))
    case "petrel.ContentChanged":
      self = .changed(pack: try data.text("pack"), count: try data.integer("count"))
    default: throw RecordError("unknown content fact '\(type)'")
    }
  }
}

/// What content consists of.
public enum ContentKind: String, Sendable, CaseIterable {
  case pack, action, rule
  case triggerType = "trigger_type"
  case sensor, alias, policy, config

  init(in data: JSONView) throws(RecordError) {
    let name = try data.text("kind")
    guard let kind = ContentKind(rawValue: name) else {
      throw RecordError("unknown kind of content '\(name)'")
    }
    self = kind
  }
}
