import CPQ

/// One session with the server, for the thread of its `PostgresConnection`: every call blocks until
/// the server has answered, and so a piece of work is one plain function. Queries are texts of the
/// program with `$1`, `$2` ... for values; never build one from data.
public final class PostgresSession {
  /// Statements kept prepared; one more makes the session forget the oldest.
  public static let preparedMax = 128

  let wire: Wire
  let options: PostgresOptions
  private var prepared: [String: String] = [:]
  private var preparedOrder: [String] = []
  private var preparedCount = 0

  init(_ conninfo: String, _ options: PostgresOptions) throws(PostgresError) {
    wire = try Wire(conninfo, options)
    self.options = options
    try start()
  }

  private func start() throws(PostgresError) {
    _ = try query(
      """
      SELECT set_config('client_encoding', 'UTF8', false), set_config('TimeZone', 'UTC', false),
        set_config('application_name', $1, false), set_config('statement_timeout', $2, false),
        set_config('lock_timeout', $3, false),
        set_config('default_transaction_read_only', $4, false)
      """,
      [
        .text(options.applicationName), .text("\(options.statementTimeoutMs)"),
        .text("\(options.lockTimeoutMs)"), .text(options.isReadOnly ? "on" : "off"),
      ])
    if let schema = options.schema {
      // A name with a quote is quoted by the server itself.
      try query("SELECT set_config('search_path', quote_ident($1), false)", [.text(schema)])
    }
  }

  /// The server's version, such as 150018 for 15.18.
  public var serverVersion: Int { Int(PQserverVersion(wire.handle)) }

  /// Whether a transaction is open (also one that has failed).
  public var isInTransaction: Bool {
    let status = PQtransactionStatus(wire.handle)
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
  }

  /// Runs one statement. With `prepared` the server keeps its plan for the next time.
  @discardableResult
  public func query(
    _ sql: String, _ parameters: [PostgresValue] = [], prepared: Bool = false
  ) throws(PostgresError) -> PostgresRows {
    guard parameters.count <= EncodedParameters.countMax else {
      throw .invalid(
        PostgresFault(
          "a statement takes \(EncodedParameters.countMax) parameters, given \(parameters.count)"))
    }
    try ready()
    let encoded = EncodedParameters(parameters)
    let name = prepared ? try prepare(sql, encoded) : nil
    let isSent = withPointers(encoded) { types, values, lengths, formats in
      let count = Int32(parameters.count)
      return if let name {
        PQsendQueryPrepared(wire.handle, name, count, values, lengths, formats, 1)
      } else {
        PQsendQueryParams(wire.handle, sql, count, types, values, lengths, formats, 1)
      }
    }
    guard isSent == 1 else { throw wire.lost(wire.message) }
    do throws(PostgresError) {
      return PostgresRows(try wire.answer(options.statementTimeoutMs))
    } catch .retry(let fault) {
      forget(sql)
      throw .retry(fault)
    }
  }

  /// Runs a script of any number of statements without parameters, such as a migration.
  public func execute(_ script: String) throws(PostgresError) {
    try ready()
    guard PQsendQuery(wire.handle, script) == 1 else { throw wire.lost(wire.message) }
    _ = try wire.answer(options.statementTimeoutMs)
  }

  /// Copies rows into a table. `target` is a text of the program: `table` or `table (column, ...)`.
  /// - Returns: how many rows.
  @discardableResult
  public func copy(_ rows: CopyWriter, into target: String) throws(PostgresError) -> Int {
    try ready()
    let sql = "COPY \(target) FROM STDIN (FORMAT binary)"
    guard PQsendQuery(wire.handle, sql) == 1 else { throw wire.lost(wire.message) }
    let begun = try wire.answer(options.statementTimeoutMs)
    guard PQresultStatus(begun.handle) == PGRES_COPY_IN else {
      throw .invalid(PostgresFault("no copy: \(sql)"))
    }
    let result = try wire.copy(
      [rows.closed, CopyWriter.trailer[...]], options.statementTimeoutMs)
    return PostgresRows(result).affectedCount
  }

  private func ready() throws(PostgresError) {
    guard !wire.isBroken else { throw .unavailable("the connection was lost") }
    if wire.stop?.isRaised == true { throw .cancelled }
  }

  // MARK: - Prepared statements

  private func prepare(_ sql: String, _ parameters: EncodedParameters) throws(PostgresError)
    -> String
  {
    if let name = prepared[sql] { return name }
    if preparedOrder.count == Self.preparedMax {
      let oldest = preparedOrder[0]
      let name = prepared[oldest] ?? ""
      forget(oldest)
      try execute("DEALLOCATE \(name)")
    }
    preparedCount += 1
    let name = "p\(preparedCount)"
    let isSent = parameters.types.withUnsafeBufferPointer {
      PQsendPrepare(wire.handle, name, sql, Int32($0.count), $0.baseAddress)
    }
    guard isSent == 1 else { throw wire.lost(wire.message) }
    _ = try wire.answer(options.statementTimeoutMs)
    prepared[sql] = name
    preparedOrder.append(sql)
    return name
  }

  private func forget(_ sql: String) {
    guard prepared.removeValue(forKey: sql) != nil else { return }
    preparedOrder.removeAll { $0 == sql }
  }

  private func withPointers<Result>(
    _ parameters: EncodedParameters,
    _ body: (
      UnsafePointer<UInt32>?, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?,
      UnsafePointer<Int32>?
    ) -> Result
  ) -> Result {
    parameters.bytes.withUnsafeBytes { bytes in
      let values: [UnsafePointer<CChar>?] = parameters.starts.map { start in
        guard start >= 0, let base = bytes.baseAddress else { return nil }
        return (base + start).assumingMemoryBound(to: CChar.self)
      }
      return parameters.types.withUnsafeBufferPointer { types in
        values.withUnsafeBufferPointer { values in
          parameters.lengths.withUnsafeBufferPointer { lengths in
            parameters.formats.withUnsafeBufferPointer { formats in
              body(
                types.baseAddress, values.baseAddress, lengths.baseAddress, formats.baseAddress)
            }
          }
        }
      }
    }
  }
}
