import CPQ

/// How a transaction sees and may change the data.
public enum PostgresTransaction: Sendable {
  case readWrite
  /// Sees one moment throughout and changes nothing.
  case snapshot

  var begin: String {
    switch self {
    case .readWrite: "BEGIN"
    case .snapshot: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    }
  }
}

extension PostgresSession {
  /// Runs `body` between BEGIN and COMMIT; on an error of `body` nothing of it has happened.
  /// A commit is not stopped by cancelling. If the connection is lost between the commit and its
  /// answer the error is `inDoubt`.
  @discardableResult
  public func transaction<Result>(
    _ kind: PostgresTransaction = .readWrite, _ body: () throws(PostgresError) -> Result
  ) throws(PostgresError) -> Result {
    guard !isInTransaction else {
      throw .invalid(PostgresFault("a transaction within a transaction"))
    }
    try execute(kind.begin)
    let result: Result
    do throws(PostgresError) {
      result = try body()
    } catch {
      rollBack("ROLLBACK")
      throw error
    }
    try commit()
    return result
  }

  /// Runs `body` within the transaction that is open, so that its error undoes only what it did.
  @discardableResult
  public func savepoint<Result>(
    _ body: () throws(PostgresError) -> Result
  ) throws(PostgresError) -> Result {
    guard isInTransaction else {
      throw .invalid(PostgresFault("a savepoint outside a transaction"))
    }
    try execute("SAVEPOINT part")
    do throws(PostgresError) {
      let result = try body()
      try execute("RELEASE SAVEPOINT part")
      return result
    } catch {
      rollBack("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")
      throw error
    }
  }

  /// Runs `body` and rolls back what it left open: the next piece of work begins clean.
  func whole<Result>(
    _ body: (PostgresSession) throws(PostgresError) -> Result
  ) throws(PostgresError) -> Result {
    defer { rollBack("ROLLBACK") }
    return try body(self)
  }

  /// Must also work for a cancelled caller, and what fails here leaves the connection broken, which
  /// rolls back as well.
  private func rollBack(_ statement: String) {
    guard !wire.isBroken, isInTransaction else { return }
    if PQsendQuery(wire.handle, statement) == 1 {
      _ = try? wire.answer(PostgresOptions.graceMs, isStoppable: false)
    }
    if PQtransactionStatus(wire.handle) == PQTRANS_INERROR { _ = wire.lost("no rollback") }
  }

  private func commit() throws(PostgresError) {
    guard isInTransaction else {
      throw .invalid(PostgresFault("the transaction was ended by one of its statements"))
    }
    guard PQsendQuery(wire.handle, "COMMIT") == 1 else { throw wire.lost(wire.message) }
    let result: ResultBox
    do throws(PostgresError) {
      result = try wire.answer(options.statementTimeoutMs, isStoppable: false)
    } catch .unavailable(let why) {
      throw .inDoubt(why)
    }
    // The answer to a commit of a transaction that had failed is the tag ROLLBACK, not an error.
    guard String(cString: PQcmdStatus(result.handle)) == "COMMIT" else {
      throw .invalid(PostgresFault("an error within the transaction was not heeded"))
    }
  }
}
