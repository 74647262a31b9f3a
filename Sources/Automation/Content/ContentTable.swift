public import JSON
public import Streams

/// The fold of topic `content`: what the engine knows of packs at one moment. A change of many
/// records takes effect whole, at its closing `changed`.
public struct ContentTable: Table {
  public static let topic = Topic.content

  public private(set) var content: Content
  private var pending: [Content.Change] = []

  public init() { content = Content() }

  public mutating func apply(_ record: Record, _ event: JSONView) throws(RecordError) {
    guard let data = event["data"] else { throw RecordError("attribute data is missing") }
    let revision = Int(record.position.offset)
    switch try ContentFact(type: event["type"]?.stringValue ?? "", data: data) {
    case .recorded(let kind, let ref, let body):
      pending.append(Content.Change(kind: kind, ref: ref, body: body, revision: revision))
    case .removed(let kind, let ref):
      pending.append(Content.Change(kind: kind, ref: ref, body: nil, revision: revision))
    case .changed:
      content = content.applying(pending, end: record.position.offset + 1)
      pending = []
    }
  }
}
