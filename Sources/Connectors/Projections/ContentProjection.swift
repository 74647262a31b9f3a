import Automation
import Calendar
import Crypto
import JSON
import Postgres
public import Streams

/// Table `content`: the newest revision of every pack, rule, action and trigger type, for whoever
/// asks in SQL. The API itself reads topic `content`.
public struct ContentProjection: Projection {
  public let name = "content"
  public let topics: [Topic] = [.content]
  public let tables = ["content"]

  public let staging = [
    StagingColumn("kind", "text"), StagingColumn("ref", "text"), StagingColumn("id", "text"),
    StagingColumn("revision", "int8"), StagingColumn("body", "json"),
    StagingColumn("deleted", "bool"), StagingColumn("changed_at", "timestamptz"),
  ]

  /// What was removed keeps its last body.
  public let merge = [
    """
    INSERT INTO content (kind, ref, id, revision, body, deleted, changed_at)
    SELECT DISTINCT ON (kind, ref)
      kind, ref, id, revision, coalesce(body, '{}'), deleted, changed_at
    FROM staging ORDER BY kind, ref, revision DESC
    ON CONFLICT (kind, ref) DO UPDATE SET
      revision = excluded.revision, deleted = excluded.deleted, changed_at = excluded.changed_at,
      body = CASE WHEN excluded.deleted THEN content.body ELSE excluded.body END
    WHERE content.revision < excluded.revision
    """
  ]

  public init() {}

  public func apply(
    _ records: [Record], _ lookup: RecordLookup, to rows: inout ProjectedRows
  ) async throws(LogError) {
    for record in records {
      switch Enveloped<ContentFact>.read(record) {
      case .success(let found):
        do {
          try Self.write(found.fact, of: record, to: &rows.copy)
        } catch {
          rows.refuse(record, "\(error)")
        }
      case .failure(let error): rows.refuse(record, error.text)
      }
    }
  }

  private static func write(
    _ fact: ContentFact, of record: Record, to copy: inout CopyWriter
  ) throws(PostgresError) {
    let (kind, ref, body): (ContentKind, String, JSONValue?)
    switch fact {
    case .recorded(let recordedKind, let recordedRef, let recordedBody):
      (kind, ref, body) = (recordedKind, recordedRef, recordedBody)
    case .removed(let removedKind, let removedRef):
      (kind, ref, body) = (removedKind, removedRef, nil)
    case .changed: return
    }
    copy.text(kind.rawValue)
    copy.text(ref)
    copy.text(ContentID.of(kind.rawValue, ref))
    copy.int8(record.position.offset)
    copy.json(body.map { Array($0.text().utf8) })
    copy.bool(body == nil)
    copy.time(microseconds: Int(record.time.microseconds))
    try copy.endRow()
  }
}

/// The ids that StackStorm's API gives to content: 24 hexadecimal digits made of kind and
/// reference, so that a reference has the same id everywhere and for ever.
public enum ContentID {
  public static func of(_ kind: String, _ ref: String) -> String {
    String(Hex.encode(Hash.sha256.digest(of: "\(kind):\(ref)")).prefix(24))
  }
}
