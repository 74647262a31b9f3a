import HTTPServer
import JSON
import Streams

extension Request {
  /// The body as a JSON object; empty where there is no body.
  func object() throws(Fault) -> JSONObject {
    if body.isEmpty { return [:] }
    let type = (header("content-type") ?? "application/json").lowercased()
    let name = type.prefix { $0 != ";" }.filter { $0 != " " }
    guard ["application/json", "text/json", ""].contains(name) else {
      throw Fault(400, "the body must be application/json, found '\(name)'")
    }
    let value: JSONValue
    do {
      value = try JSONValue(
        parsing: body, limits: JSONLimits(depthMax: Limits.nestingMax, bytesMax: body.count))
    } catch {
      throw Fault(400, "the body is not JSON: \(error)")
    }
    guard let object = value.objectValue else {
      throw Fault(400, "the body must be an object, found \(value.kindName)")
    }
    return object
  }
}
