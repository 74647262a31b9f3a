import HTTPServer
import JSON
import Streams

/// An answer that says what is wrong, thrown by whoever finds it.
struct Fault: Error {
  let status: Int
  let text: String

  init(_ status: Int, _ text: String) {
    self.status = status
    self.text = text
  }
}

extension Response {
  /// StackStorm's form of an error.
  static func fault(_ status: Int, _ text: String) -> Response {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("faultstring")
    writer.value(text)
    writer.endObject()
    var response = Response.json(writer.bytes, status: status)
    if status == 429 { response.headers.append(("Retry-After", "1")) }
    return response
  }

  /// No room for more: the engine finishes its work, intake waits.
  static var full: Response { refusal(spaceRefusal) }

  /// Of what may be sent again later.
  static func refusal(_ text: String) -> Response {
    var response = fault(503, text)
    response.headers.append(("Retry-After", "10"))
    return response
  }

  static func of(_ error: LogError) -> Response {
    switch error {
    case .full: return full
    case .tooLarge(let max): return fault(413, "a value may have \(max) bytes")
    default:
      var response = fault(503, "\(error)")
      response.headers.append(("Retry-After", "1"))
      return response
    }
  }
}

/// Tells whether intake must stop, in the first place because the disk is nearly full.
public protocol SpaceWatch: Sendable {
  var isLow: Bool { get }
  /// What those are told who are refused.
  var refusal: String { get }
}

extension SpaceWatch {
  public var refusal: String { spaceRefusal }
}

private let spaceRefusal = "there is too little space left on the disk; free some, nothing is lost"
