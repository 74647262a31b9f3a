/// A bounded number of connections that many callers share, for short questions. Connections are
/// made when they are needed, and made anew when the server has closed them.
///
/// Who finds all of them busy waits in line; who finds the line full gets `full` at once.
public actor PostgresPool {
  public static let defaultConnectionsMax = 4
  public static let defaultWaitersMax = 256

  private let conninfo: String
  private let options: PostgresOptions
  private let connectionsMax: Int
  private let waitersMax: Int
  private var idle: [PostgresConnection] = []
  private var leasedCount = 0
  private var waiters: [(ticket: Int, continuation: CheckedContinuation<Bool, Never>)] = []
  private var ticket = 0

  public init(
    _ conninfo: String, _ options: PostgresOptions = PostgresOptions(),
    connectionsMax: Int = defaultConnectionsMax, waitersMax: Int = defaultWaitersMax
  ) {
    precondition(connectionsMax > 0 && waitersMax >= 0)
    self.conninfo = conninfo
    self.options = options
    self.connectionsMax = connectionsMax
    self.waitersMax = waitersMax
  }

  /// Runs `body` on a connection that nobody else uses meanwhile; see `PostgresConnection.perform`.
  @discardableResult
  public nonisolated func perform<Result: Sendable>(
    _ body: @Sendable (PostgresSession) throws(PostgresError) -> Result
  ) async throws(PostgresError) -> Result {
    let connection = try await lease()
    do throws(PostgresError) {
      let result = try await connection.perform(body)
      await giveBack(connection)
      return result
    } catch {
      await giveBack(connection)
      throw error
    }
  }

  /// How many wait in line.
  public var waiterCount: Int { waiters.count }

  /// Closes the connections that nobody uses.
  public func closeIdle() { idle = [] }

  private func lease() async throws(PostgresError) -> PostgresConnection {
    if leasedCount >= connectionsMax {
      guard waiters.count < waitersMax else {
        throw .full("\(connectionsMax) connections are busy and \(waitersMax) callers wait")
      }
      // The place is handed over by the one who gives it back, so it stays counted.
      guard await queue() else { throw .cancelled }
    } else {
      leasedCount += 1
    }
    while let connection = idle.popLast() {
      if await connection.isUsable { return connection }
    }
    do throws(PostgresError) {
      return try await .connect(conninfo, options)
    } catch {
      leave()
      throw error
    }
  }

  private func giveBack(_ connection: PostgresConnection) async {
    if await connection.isUsable { idle.append(connection) }
    leave()
  }

  /// Hands the place to the first in line.
  private func leave() {
    if waiters.isEmpty {
      leasedCount -= 1
    } else {
      waiters.removeFirst().continuation.resume(returning: true)
    }
  }

  /// Waits in line; false when the caller was cancelled.
  private func queue() async -> Bool {
    ticket += 1
    let mine = ticket
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if Task.isCancelled {
          continuation.resume(returning: false)
        } else {
          waiters.append((mine, continuation))
        }
      }
    } onCancel: {
      Task { await giveUp(mine) }
    }
  }

  private func giveUp(_ ticket: Int) {
    guard let place = waiters.firstIndex(where: { $0.ticket == ticket }) else { return }
    waiters.remove(at: place).continuation.resume(returning: false)
  }
}
