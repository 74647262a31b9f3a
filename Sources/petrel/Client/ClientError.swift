/// Why a server gave no answer that a command can use, in one line with the remedy.
enum ClientError: Error, Equatable, CustomStringConvertible {
  /// Nothing serves the folder: start it.
  case notRunning(String)
  /// It is there and cannot be reached: mend the way to it.
  case unreachable(String)
  /// It said no, with a status and its reason; `body` holds more for those who know the request.
  case refused(status: Int, reason: String, body: [UInt8])
  /// What came back is not what Petrel answers.
  case garbled(String)

  var description: String {
    switch self {
    case .notRunning(let text), .unreachable(let text), .garbled(let text): text
    case .refused(let status, let reason, _):
      SafeText.line(reason.isEmpty ? "the server answered \(status)" : reason)
    }
  }
}
