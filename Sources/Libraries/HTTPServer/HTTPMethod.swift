/// The request methods that a route can have. Others are answered 501.
public enum HTTPMethod: String, Sendable, CaseIterable, Hashable {
  case get = "GET"
  case head = "HEAD"
  case post = "POST"
  case put = "PUT"
  case patch = "PATCH"
  case delete = "DELETE"
  case options = "OPTIONS"

  /// Methods are compared byte by byte: they are case-sensitive.
  init?(_ bytes: UnsafeRawBufferPointer) {
    switch bytes.count {
    case 3 where Self.equals(bytes, "GET"): self = .get
    case 3 where Self.equals(bytes, "PUT"): self = .put
    case 4 where Self.equals(bytes, "POST"): self = .post
    case 4 where Self.equals(bytes, "HEAD"): self = .head
    case 5 where Self.equals(bytes, "PATCH"): self = .patch
    case 6 where Self.equals(bytes, "DELETE"): self = .delete
    case 7 where Self.equals(bytes, "OPTIONS"): self = .options
    default: return nil
    }
  }

  private static func equals(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
    for index in 0..<bytes.count where bytes[index] != text.utf8Start[index] { return false }
    return true
  }
}
