import Automation
import Calendar
import Postgres
public import Streams

/// Table `execution_output`: the live output of actions, piece by piece.
public struct OutputProjection: Projection {
  public let name = "execution_output"
  public let topics: [Topic] = [.output]
  public let tables = ["execution_output"]
  public let timeColumn: String? = "written_at"

  public let staging = [
    StagingColumn("execution_id", "text"), StagingColumn("seq", "int8"),
    StagingColumn("stream", "text"), StagingColumn("data", "text"),
    StagingColumn("written_at", "timestamptz"),
  ]

  /// Another attempt of an execution counts its pieces from 0 again: the newest is shown.
  public let merge = [
    """
    INSERT INTO execution_output (execution_id, seq, stream, data, written_at)
    SELECT DISTINCT ON (execution_id, seq) execution_id, seq, stream, data, written_at
    FROM staging ORDER BY execution_id, seq, written_at DESC
    ON CONFLICT (execution_id, seq) DO UPDATE SET
      stream = excluded.stream, data = excluded.data, written_at = excluded.written_at
    """
  ]

  public init() {}

  // MARK: - apply

  public func apply(
    _ records: [Record], _ lookup: RecordLookup, to rows: inout ProjectedRows
  ) async throws(LogError) {
    for record in records {
      switch Enveloped<OutputWritten>.read(record) {
      case .success(let found):
        do throws(PostgresError) {
          rows.copy.text(found.fact.execution.description)
          rows.copy.int8(found.fact.number)
          rows.copy.text(found.fact.stream)
          rows.copy.text(found.fact.text)
          rows.copy.time(microseconds: Int(record.time.microseconds))
          try rows.copy.endRow()
        } catch {
          rows.refuse(record, "\(error)")
        }
      case .failure(let error): rows.refuse(record, error.text)
      }
    }
  }

  // MARK: - read

  public struct Row: Sendable {
    public let number: Int
    public let stream: String
    public let text: String

    init(_ row: PostgresRow) throws(PostgresError) {
      number = try row.get("seq")
      stream = try row.get("stream")
      text = try row.get("data")
    }
  }

  /// The next pieces of an execution's output behind `number`, in order, at most
  /// `View.stepRowsMax` and about `View.stepBytesMax`.
  public static func list(
    _ execution: String, after number: Int, stream: String? = nil, in view: View
  ) async throws(View.Failure) -> [Row] {
    var conditions = Conditions()
    conditions.add("execution_id = ?", execution)
    conditions.add("seq > ?", .int(number))
    conditions.add("stream = ?", stream)
    return try await view.all(
      """
      SELECT * FROM (
        SELECT *, sum(octet_length(data)) OVER (ORDER BY seq) - octet_length(data) AS bytes_before
        FROM (
          SELECT seq, stream, data FROM execution_output\(conditions.clause)
          ORDER BY seq LIMIT \(View.stepRowsMax)
        ) AS step
      ) AS measured WHERE bytes_before < \(View.stepBytesMax) ORDER BY seq
      """, conditions.values, Row.init)
  }
}
