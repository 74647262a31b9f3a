/// How a session behaves. Zero means no limit.
public struct PostgresOptions: Sendable {
  /// Shown in `pg_stat_activity`.
  public var applicationName: String
  /// The schema in which unqualified names are looked up; nil for the server's default.
  public var schema: String?
  /// Refuses every write: for connections that only answer questions.
  public var isReadOnly: Bool
  /// From the first packet to the session's being ready.
  public var connectTimeoutMs: Int
  /// Of one statement. A server that has not answered `graceMs` after that is given up.
  public var statementTimeoutMs: Int
  /// Of waiting for one lock.
  public var lockTimeoutMs: Int

  /// How long after its time a cancelled or late statement may still be answered.
  static let graceMs = 5_000

  public init(
    applicationName: String = "petrel", schema: String? = nil, isReadOnly: Bool = false,
    connectTimeoutMs: Int = 5_000, statementTimeoutMs: Int = 0, lockTimeoutMs: Int = 0
  ) {
    self.applicationName = applicationName
    self.schema = schema
    self.isReadOnly = isReadOnly
    self.connectTimeoutMs = connectTimeoutMs
    self.statementTimeoutMs = statementTimeoutMs
    self.lockTimeoutMs = lockTimeoutMs
  }
}
