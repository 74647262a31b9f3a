public import Postgres
public import Streams

/// A table of the view: a sink whose far side is PostgreSQL and can be rebuilt from the log. One
/// projection is one file: table, what a fact makes of it, functions that read it.
///
/// A batch of records becomes rows of a staging table, which `merge` then brings into the tables;
/// rows, merge and the projection's offsets are one transaction. So each record counts exactly
/// once, and `merge` may add to what is there. Names are not qualified: the session's schema holds
/// them.
public protocol Projection: Sendable {
  /// Names its offsets; never changed. Letters, digits and `_`.
  var name: String { get }
  var topics: [Topic] { get }
  /// The tables that it fills and nobody else.
  var tables: [String] { get }
  /// The column of each of the tables with the time of a row: a rebuild takes over from the old
  /// view what is older than the log's first record. Nil where the log keeps everything.
  var timeColumn: String? { get }
  /// The columns of the staging table, `staging`, in the order in which `apply` writes them.
  var staging: [StagingColumn] { get }
  /// The statements that bring `staging` into the tables, in order. Two rows of one batch may have
  /// one key only if these take care of it.
  var merge: [String] { get }

  /// Writes the rows for records, which come in the order of the log within each partition. What
  /// cannot be understood is refused, record by record. It is called again for the same records
  /// when the database was lost, and for single ones when the database has refused a batch.
  func apply(
    _ records: [Record], _ lookup: RecordLookup, to rows: inout ProjectedRows
  ) async throws(LogError)
}

extension Projection {
  public var timeColumn: String? { nil }
}

/// A column of a staging table: the type as SQL has it, such as `timestamptz`.
public struct StagingColumn: Sendable {
  public let name: String
  public let type: String

  public init(_ name: String, _ type: String) {
    self.name = name
    self.type = type
  }
}

/// What a projection makes of a batch.
public struct ProjectedRows: Sendable {
  /// A record that the projection cannot take, and why.
  public struct Refusal: Sendable {
    public let record: Record
    public let reason: String
  }

  public var copy: CopyWriter
  public private(set) var refusals: [Refusal] = []

  public init(columnCount: Int) { copy = CopyWriter(columnCount: columnCount) }

  /// Notes that a record cannot be taken. The cursor goes on; the record stands in
  /// `projection_errors`.
  public mutating func refuse(_ record: Record, _ reason: String) {
    copy.dropRow()
    refusals.append(Refusal(record: record, reason: reason))
  }

  /// Reads each record as a fact and lets `body` write its row, of which it closes each with
  /// `endRow`; a record that is no such fact, and a row that the writer does not take, is refused.
  public mutating func forEach<Fact: FactCoding>(
    _ fact: Fact.Type, in records: [Record],
    _ body: (Recorded<Fact>, Record, inout CopyWriter) throws(PostgresError) -> Void
  ) {
    for record in records {
      do throws(PostgresError) {
        switch Recorded<Fact>.read(record) {
        case .success(let recorded): try body(recorded, record, &copy)
        case .failure(let error): refuse(record, error.text)
        }
      } catch {
        refuse(record, "\(error)")
      }
    }
  }
}

/// Reads single records of the log, for facts that name a value instead of holding it.
public struct RecordLookup: Sendable {
  private let log: any EventLog

  public init(_ log: any EventLog) { self.log = log }

  /// The value of the record at a position; nil when it was trimmed or there is none.
  public func value(at position: Position) async throws(LogError) -> ArraySlice<UInt8>? {
    try await record(at: position)?.value
  }

  /// The record at a position; nil when it was trimmed or there is none.
  public func record(at position: Position) async throws(LogError) -> Record? {
    do throws(LogError) {
      let batch = try await log.read(
        from: [position.partition: position.offset], to: .durable, bytesMax: 1, wait: .zero)
      return batch.records.first { $0.position == position }
    } catch {
      switch error {
      case .trimmed, .beyondEnd: return nil
      default: throw error
      }
    }
  }
}
