/// Takes the body of one request in pieces, on the loop thread, so it must not block. It is called
/// in this order: `receive` any number of times, then `finish` or `abandon` once.
public protocol BodySink: AnyObject {
  /// A piece of the body, valid during the call only.
  func receive(_ bytes: UnsafeRawBufferPointer) -> BodyFlow
  /// The body is whole. nil means that the answer comes later through the responder.
  func finish() -> Response?
  /// The body will never be whole: the client has gone, broke a rule, or was answered already.
  func abandon()
}

/// What a sink says after each piece.
public enum BodyFlow: Sendable {
  case more
  /// Nothing more until `HTTPServer.resume`; the client feels it by and by.
  case pause
  /// The answer, now; the rest of the body is thrown away and the connection closed.
  case reject(Response)
}

/// What a route says to the head of an upload.
public enum UploadStart {
  case accept(any BodySink)
  /// The answer before any of the body was read.
  case reject(Response)
}
