public import Calendar
import Postgres

/// The view as it is read: a few connections to PostgreSQL that refuse every write. The functions
/// that read a table stand in the file of its projection.
///
/// Lists come newest first, ordered by time and id, in steps of at most `stepRowsMax` rows and
/// about `stepBytesMax` stored bytes: who wants more asks again from the last row on.
public struct View: Sendable {
  public static let stepRowsMax = 500
  public static let stepBytesMax = 4 << 20
  /// A question that takes longer is given up.
  static let questionMs = 30_000

  /// Why a question has no answer, named by what the caller does.
  public enum Failure: Error, Sendable, Equatable {
    /// The database is away or busy: try again later.
    case unavailable(String)
    /// The question itself fails: a person has to look.
    case broken(String)
    case cancelled
  }

  private let pool: PostgresPool

  public init(_ conninfo: String, schema: String = "petrel", connectionsMax: Int = 4) {
    pool = PostgresPool(
      conninfo,
      PostgresOptions(
        applicationName: "petrel api", schema: schema, isReadOnly: true,
        statementTimeoutMs: Self.questionMs),
      connectionsMax: connectionsMax)
  }

  /// Asks one question; a lost connection is made anew once.
  func rows(
    _ sql: String, _ parameters: [PostgresValue] = []
  ) async throws(Failure) -> PostgresRows {
    do throws(PostgresError) {
      do throws(PostgresError) {
        return try await ask(sql, parameters)
      } catch {
        switch error {
        case .unavailable, .retry: return try await ask(sql, parameters)
        default: throw error
        }
      }
    } catch {
      throw Failure(error)
    }
  }

  private func ask(
    _ sql: String, _ parameters: [PostgresValue]
  ) async throws(PostgresError) -> PostgresRows {
    try await pool.perform { session throws(PostgresError) in
      try session.query(sql, parameters, prepared: true)
    }
  }

  /// Whether the database answers within a moment.
  public func answers(within limit: Duration) async -> Bool {
    await withTaskGroup(of: Bool.self) { tasks in
      tasks.addTask { (try? await rows("SELECT 1")) != nil }
      tasks.addTask {
        try? await Task.sleep(for: limit)
        return false
      }
      let answer = await tasks.next() ?? false
      tasks.cancelAll()
      return answer
    }
  }

  /// Reads rows into values.
  func all<Row>(
    _ sql: String, _ parameters: [PostgresValue],
    _ read: (PostgresRow) throws(PostgresError) -> Row
  ) async throws(Failure) -> [Row] {
    let rows = try await rows(sql, parameters)
    do throws(PostgresError) {
      var values: [Row] = []
      values.reserveCapacity(rows.count)
      for row in rows { values.append(try read(row)) }
      return values
    } catch {
      throw Failure(error)
    }
  }

  func count(_ table: String, _ conditions: Conditions) async throws(Failure) -> Int {
    let sql = "SELECT count(*) FROM \(table)\(conditions.clause)"
    let counts = try await all(sql, conditions.values) { row throws(PostgresError) in
      try row.get(0, as: Int.self)
    }
    return counts.first ?? 0
  }
}

extension View.Failure: CustomStringConvertible {
  init(_ error: PostgresError) {
    switch error {
    case .cancelled: self = .cancelled
    case .unavailable, .inDoubt, .retry, .full, .timedOut: self = .unavailable("\(error)")
    case .constraint, .rejected, .denied, .invalid: self = .broken("\(error)")
    }
  }

  public var description: String {
    switch self {
    case .unavailable(let why), .broken(let why): why
    case .cancelled: "cancelled"
    }
  }
}

/// Which part of a list is wanted.
public struct Window: Sendable, Equatable {
  /// A row's place in the order of its list.
  public struct Place: Sendable, Equatable {
    public let time: Instant
    public let id: String

    public init(time: Instant, id: String) {
      self.time = time
      self.id = id
    }
  }

  /// Rows to leave out at the beginning.
  public var offset: Int
  /// At most so many.
  public var limit: Int
  public var isOldestFirst: Bool
  /// Only rows behind this one.
  public var after: Place?

  public init(
    offset: Int = 0, limit: Int = View.stepRowsMax, isOldestFirst: Bool = false,
    after: Place? = nil
  ) {
    self.offset = offset
    self.limit = limit
    self.isOldestFirst = isOldestFirst
    self.after = after
  }
}

/// Conditions of a query, all of which must hold, with their parameters.
struct Conditions {
  private(set) var texts: [String] = []
  private(set) var values: [PostgresValue] = []

  /// Adds a condition in which `?` stands for the value; nothing where the value is nil.
  mutating func add(_ text: String, _ value: PostgresValue?) {
    guard let value else { return }
    values.append(value)
    texts.append(text.replacing("?", with: "$\(values.count)"))
  }

  mutating func add(_ text: String) { texts.append(text) }

  mutating func add(_ text: String, _ value: String?) {
    add(text, value.map { PostgresValue.text($0) })
  }

  mutating func add(_ text: String, _ value: Instant?) {
    add(text, value.map { PostgresValue.time(microseconds: Int($0.microseconds)) })
  }

  var clause: String { texts.isEmpty ? "" : " WHERE " + texts.joined(separator: " AND ") }

  /// The conditions, order and bounds of one step of a list.
  mutating func step(_ window: Window, time: String, id: String) -> String {
    if let after = window.after {
      let sign = window.isOldestFirst ? ">" : "<"
      values.append(.time(microseconds: Int(after.time.microseconds)))
      values.append(.text(after.id))
      texts.append("(\(time), \(id)) \(sign) ($\(values.count - 1), $\(values.count))")
    }
    let direction = window.isOldestFirst ? "ASC" : "DESC"
    values.append(.int(min(window.limit, View.stepRowsMax)))
    values.append(.int(window.offset))
    return clause + " ORDER BY \(time) \(direction), \(id) \(direction)"
      + " LIMIT $\(values.count - 1) OFFSET $\(values.count)"
  }
}

extension PostgresRow {
  func time(_ column: String) throws(PostgresError) -> Instant {
    Instant(microseconds: Int64(try get(column, as: Int.self)))
  }

  func optionalTime(_ column: String) throws(PostgresError) -> Instant? {
    try get(column, as: Int?.self).map { Instant(microseconds: Int64($0)) }
  }
}
