import Postgres

/// Brings a schema of the database to what the files of a folder say. Each file is applied in one
/// transaction with its record in `schema_migrations`; a lock of the database keeps two migrators
/// apart; so it may be killed at any time and run again.
public struct Migrator: Sendable {
  /// Any number that nobody else uses: "petrel" in ASCII.
  private static let lock = 0x70_65_74_72_65_6c
  private static let lockTimeoutMs = 60_000

  public let schema: String
  public let migrations: [Migration]

  /// `folder` holds the files `0001_....sql`, `0002_....sql` and so on.
  public init(folder: String, schema: String = "petrel") throws(MigrationError) {
    self.schema = schema
    migrations = try Migration.all(in: folder)
  }

  /// Applies what is missing.
  /// - Returns: the files that were applied now.
  @discardableResult
  public func run(_ conninfo: String) async throws(MigrationError) -> [String] {
    let options = PostgresOptions(schema: schema, lockTimeoutMs: Self.lockTimeoutMs)
    let outcome: Result<[String], MigrationError>
    do throws(PostgresError) {
      let connection = try await PostgresConnection.connect(conninfo, options)
      outcome = try await connection.perform { session throws(PostgresError) in
        do throws(MigrationError) {
          return .success(try apply(session))
        } catch {
          return .failure(error)
        }
      }
    } catch {
      throw MigrationError(error)
    }
    return try outcome.get()
  }

  private func apply(_ session: PostgresSession) throws(MigrationError) -> [String] {
    try database { () throws(PostgresError) in
      try session.transaction { () throws(PostgresError) in
        try self.lock(session)
        let name = try session.query("SELECT quote_ident($1)", [.text(schema)])[0]
          .get(0, as: String.self)
        let table = [PostgresValue.text("\(name).schema_migrations")]
        if try session.query("SELECT to_regclass($1) IS NOT NULL", table)[0].get(0) { return }
        try session.execute(
          """
          CREATE SCHEMA IF NOT EXISTS \(name);
          CREATE TABLE schema_migrations (
            version int4 PRIMARY KEY, file text NOT NULL, digest text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now())
          """)
      }
    }
    var applied: [String] = []
    for migration in migrations where try apply(migration, session) {
      applied.append(migration.file)
    }
    return applied
  }

  private func lock(_ session: PostgresSession) throws(PostgresError) {
    try session.query("SELECT pg_advisory_xact_lock($1)", [.int(Self.lock)])
  }

  /// Whether the migration was applied now.
  private func apply(
    _ migration: Migration, _ session: PostgresSession
  ) throws(MigrationError) -> Bool {
    var refusal: MigrationError?
    let isNew = try database { () throws(PostgresError) in
      try session.transaction { () throws(PostgresError) in
        try lock(session)
        let row = try session.query(
          """
          SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex') AS digest,
            (SELECT digest FROM schema_migrations WHERE version = $2) AS applied,
            (SELECT max(version) FROM schema_migrations) AS newest
          """, [.text(migration.sql), .int(migration.version)])[0]
        let digest = try row.get("digest", as: String.self)
        let newest = try row.get("newest", as: Int?.self) ?? 0
        if newest > migrations.count {
          refusal = .newer(found: newest, known: migrations.count)
          return false
        }
        if let applied = try row.get("applied", as: String?.self) {
          if applied != digest { refusal = .changed(file: migration.file) }
          return false
        }
        do throws(PostgresError) {
          try session.execute(migration.sql)
        } catch {
          refusal = Self.refusal(error, migration)
          throw error
        }
        try session.query(
          "INSERT INTO schema_migrations (version, file, digest) VALUES ($1, $2, $3)",
          [.int(migration.version), .text(migration.file), .text(digest)])
        return true
      }
    } orThrow: {
      refusal
    }
    if let refusal { throw refusal }
    return isNew
  }

  /// What is wrong with a file; nil where the file is not at fault.
  private static func refusal(_ error: PostgresError, _ migration: Migration) -> MigrationError? {
    switch error {
    case .invalid(let fault), .constraint(let fault), .rejected(let fault):
      let before = migration.sql.unicodeScalars.prefix(max(0, fault.position - 1))
      let line = before.reduce(1) { $1 == "\n" ? $0 + 1 : $0 }
      return .failed(file: migration.file, line: line, fault)
    default: return nil
    }
  }

  private func database<Value>(
    _ body: () throws(PostgresError) -> Value, orThrow better: () -> MigrationError? = { nil }
  ) throws(MigrationError) -> Value {
    do throws(PostgresError) {
      return try body()
    } catch {
      throw better() ?? MigrationError(error)
    }
  }
}
