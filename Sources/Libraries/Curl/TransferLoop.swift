import CCurl
import Threads

/// The thread on which curl moves every transfer of a client. Other threads only put commands into
/// its inbox and wake it; all curl handles and the transfers' own state belong to it.
final class TransferLoop: @unchecked Sendable {
  private enum Command: Sendable {
    case start(Transfer)
    case cancel(Transfer)
    case resume(Transfer)
  }

  private struct Inbox: Sendable {
    var commands: [Command] = []
    /// Started and not ended.
    var transfers = 0
    var isClosed = false
  }

  private let inbox = Locked(Inbox())
  private let limits: HTTPClient.Limits
  private let multi: UnsafeMutableRawPointer

  // Touched by the loop's thread alone.
  private var running: [UnsafeMutableRawPointer: Transfer] = [:]
  private var waiting: [Transfer] = []

  /// Once for the process; curl counts nothing else.
  private static let isReady = curl_global_init(Int(CURL_GLOBAL_SSL)) == CURLE_OK

  init(_ limits: HTTPClient.Limits) throws(CurlError) {
    guard Self.isReady, let multi = curl_multi_init() else {
      throw .busy("curl cannot start: no memory")
    }
    self.limits = limits
    self.multi = multi
    _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, limits.idleConnectionsMax)
    do {
      try Thread.start(named: "http-client") { self.run() }
    } catch {
      curl_multi_cleanup(multi)
      throw .busy("curl cannot start: \(error)")
    }
  }

  // MARK: From other threads

  func start(_ transfer: Transfer) throws(CurlError) {
    let transfersMax = limits.transfersMax + limits.waitingMax
    try inbox.withLock { (inbox) throws(CurlError) in
      guard !inbox.isClosed else { throw .cancelled }
      guard inbox.transfers < transfersMax else {
        throw .busy("\(transfer.request.name): \(transfersMax) requests are under way and waiting")
      }
      inbox.transfers += 1
      inbox.commands.append(.start(transfer))
      curl_multi_wakeup(multi)
    }
  }

  func cancel(_ transfer: Transfer) { post(.cancel(transfer)) }

  func resume(_ transfer: Transfer) { post(.resume(transfer)) }

  func close() {
    inbox.withLock { inbox in
      guard !inbox.isClosed else { return }
      inbox.isClosed = true
      curl_multi_wakeup(multi)
    }
  }

  /// The wake-up stays under the lock: a closed loop may have freed what it needs.
  private func post(_ command: Command) {
    inbox.withLock { inbox in
      guard !inbox.isClosed else { return }
      inbox.commands.append(command)
      curl_multi_wakeup(multi)
    }
  }

  // MARK: On the loop's thread

  private func run() {
    while true {
      let (commands, isClosed) = inbox.withLock { inbox in
        defer { inbox.commands = [] }
        return (inbox.commands, inbox.isClosed)
      }
      for command in commands { obey(command) }
      if isClosed { return end() }

      expireWaiting()
      fillPlaces()
      var count: Int32 = 0
      curl_multi_perform(multi, &count)
      let ended = finishEnded()
      if ended && !waiting.isEmpty { continue }
      curl_multi_poll(multi, nil, 0, pollMs, nil)
    }
  }

  private func obey(_ command: Command) {
    switch command {
    case .start(let transfer):
      waiting.append(transfer)
    case .cancel(let transfer):
      if let easy = transfer.easy {
        remove(easy)
        end(transfer, .failure(.cancelled))
      } else if let index = waiting.firstIndex(where: { $0 === transfer }) {
        waiting.remove(at: index)
        end(transfer, .failure(.cancelled))
      }
    case .resume(let transfer):
      if let easy = transfer.easy { curl_easy_pause(easy, CURLPAUSE_CONT) }
    }
  }

  private func fillPlaces() {
    let count = min(limits.transfersMax - running.count, waiting.count)
    guard count > 0 else { return }
    for transfer in waiting.prefix(count) {
      do throws(CurlError) {
        let easy = try transfer.prepare { [weak self, weak transfer] in
          if let transfer { self?.resume(transfer) }
        }
        running[easy] = transfer
        let code = curl_multi_add_handle(multi, easy)
        guard code == CURLM_OK else {
          throw .other(code: Int(code.rawValue), String(cString: curl_multi_strerror(code)))
        }
      } catch {
        if let easy = transfer.easy { remove(easy) }
        end(transfer, .failure(error))
      }
    }
    waiting.removeFirst(count)
  }

  /// A transfer's time runs while it waits for a place.
  private func expireWaiting() {
    let now = ContinuousClock.now
    guard waiting.contains(where: { $0.isExpired(now) }) else { return }
    for transfer in waiting where transfer.isExpired(now) {
      end(
        transfer,
        .failure(.timedOut("\(transfer.request.name): no place among the requests under way")))
    }
    waiting.removeAll { $0.isExpired(now) }
  }

  /// curl wakes for its own timers; a command wakes it at once.
  private var pollMs: Int32 {
    let deadline = waiting.lazy.compactMap(\.deadline).min()
    guard let deadline else { return 60_000 }
    return Int32(clamping: max(0, min((deadline - .now).wholeMs + 1, 60_000)))
  }

  private func finishEnded() -> Bool {
    var left: Int32 = 0
    var ended = false
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
        let transfer = running[easy]
      else { continue }
      let outcome = transfer.outcome(message.pointee.data.result)
      remove(easy)
      end(transfer, outcome)
      ended = true
    }
    return ended
  }

  private func remove(_ easy: UnsafeMutableRawPointer) {
    curl_multi_remove_handle(multi, easy)
    running[easy] = nil
  }

  private func end(_ transfer: Transfer, _ outcome: EndOfTransfer.Outcome) {
    inbox.withLock { $0.transfers -= 1 }
    transfer.end(outcome)
  }

  private func end() {
    for (easy, transfer) in running {
      remove(easy)
      end(transfer, .failure(.cancelled))
    }
    for transfer in waiting { end(transfer, .failure(.cancelled)) }
    waiting = []
    curl_multi_cleanup(multi)
  }
}
