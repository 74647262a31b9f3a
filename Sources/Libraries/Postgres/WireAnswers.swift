import CPQ
import Glibc

/// Sending and the server's answers.
extension Wire {
  /// Sends what waits, reading meanwhile what the server says, as it may itself wait for that.
  func flush(_ deadline: Deadline, isStoppable: Bool) throws(PostgresError) {
    while true {
      switch PQflush(handle) {
      case 0: return
      case 1:
        let events = Int16(POLLIN | POLLOUT)
        switch try wait(for: events, deadline, isStoppable: isStoppable) {
        case .ready: try consume()
        case .stopped: throw .cancelled
        case .late: throw lost("the server has taken nothing for \(deadline.limitMs) ms")
        }
      default: throw lost(message)
      }
    }
  }

  /// The result of what was sent: the last one, or the first error. A stopped or late statement is
  /// cancelled, and its answer still awaited for a while, so that the connection stays in step.
  func answer(_ limitMs: Int, isStoppable: Bool = true) throws(PostgresError) -> ResultBox {
    let deadline = Deadline(afterMs: limitMs == 0 ? 0 : limitMs + PostgresOptions.graceMs)
    do throws(PostgresError) {
      try flush(deadline, isStoppable: isStoppable)
    } catch .cancelled {
      // Half of a statement may have gone out: only a new connection is in step again.
      isBroken = true
      throw .cancelled
    }
    var last: ResultBox?
    var fault: PostgresFault?
    while let result = try next(deadline, isStoppable: isStoppable) {
      let status = PQresultStatus(result.handle)
      if status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE {
        fault = fault ?? PostgresFault(result.handle)
      }
      last = result
      if status == PGRES_COPY_IN || status == PGRES_COPY_OUT { break }
    }
    if let fault {
      if PQstatus(handle) == CONNECTION_BAD { isBroken = true }
      if fault.sqlState.isEmpty { throw lost(fault.message) }
      throw PostgresError(fault, isStopped: isStoppable && stop?.isRaised == true)
    }
    guard let last else { throw lost("the server gave no answer") }
    return last
  }

  private func next(_ deadline: Deadline, isStoppable: Bool) throws(PostgresError) -> ResultBox? {
    var isStoppable = isStoppable
    var deadline = deadline
    while PQisBusy(handle) == 1 {
      switch try wait(for: Int16(POLLIN), deadline, isStoppable: isStoppable) {
      case .ready: try consume()
      case .stopped:
        cancel()
        isStoppable = false
        deadline = Deadline(afterMs: PostgresOptions.graceMs)
      case .late: throw lost("the server has not answered for \(deadline.limitMs) ms")
      }
    }
    return PQgetResult(handle).map(ResultBox.init)
  }

  // MARK: - Copy

  /// Bytes of one message of a copy.
  private static let copyChunkBytes = 64 << 10

  /// Sends the data of a copy that the server waits for, then its end. When the caller is cancelled
  /// the copy fails on the server, too.
  func copy(_ parts: [ArraySlice<UInt8>], _ limitMs: Int) throws(PostgresError) -> ResultBox {
    let deadline = Deadline(afterMs: limitMs == 0 ? 0 : limitMs + PostgresOptions.graceMs)
    do throws(PostgresError) {
      for part in parts {
        var rest = part
        while !rest.isEmpty {
          let chunk = rest.prefix(Self.copyChunkBytes)
          let sent = chunk.withUnsafeBytes { bytes in
            PQputCopyData(handle, bytes.baseAddress, Int32(bytes.count))
          }
          if sent < 0 { throw lost(message) }
          if sent == 1 { rest = rest.dropFirst(chunk.count) }
          try flush(deadline, isStoppable: true)
        }
      }
      try end(nil)
    } catch .cancelled {
      try end("cancelled")
      _ = try? answer(limitMs, isStoppable: false)
      throw .cancelled
    }
    return try answer(limitMs)
  }

  private func end(_ complaint: String?) throws(PostgresError) {
    while true {
      switch PQputCopyEnd(handle, complaint) {
      case 1: return
      case 0:
        let outcome = try wait(
          for: Int16(POLLOUT), Deadline(afterMs: PostgresOptions.graceMs), isStoppable: false)
        guard case .ready = outcome else { throw lost("the server takes nothing more") }
      default: throw lost(message)
      }
    }
  }
}

extension PostgresFault {
  init(_ result: OpaquePointer) {
    func field(_ code: Character) -> String {
      let code = Int32(code.asciiValue ?? 0)
      return PQresultErrorField(result, code).map { String(cString: $0) } ?? ""
    }
    let message = field("M")
    self.init(
      message.isEmpty ? String(cString: PQresultErrorMessage(result)).trimmed : message,
      sqlState: field("C"), detail: field("D"), constraint: field("n"),
      position: Int(field("P")) ?? 0)
  }
}
