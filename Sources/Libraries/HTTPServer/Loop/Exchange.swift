/// One request and its answer, while they last.
final class Exchange {
  /// Who takes the body.
  enum Taker {
    /// It is gathered for the route.
    case whole
    case sink(any BodySink)
    /// It is thrown away; the answer is known already and follows the body.
    case nobody(Response)
  }

  let request: Request
  let route: Route?
  let responder: Responder
  let startUs: Int64
  var taker: Taker
  var inflater: Inflater?
  var body: [UInt8] = []
  /// Bytes of the body that count against the limit of all bodies.
  var bodyBytesCounted = 0
  /// As they came over the wire.
  var bodyBytesReceived = 0
  /// What is left of a body that nobody takes, before the connection is worth less than it.
  var bodyBytesMax: Int
  var status = 0
  var responseBytes = 0
  var writer: BodyWriter?
  var streamBytes = 0

  init(_ request: Request, _ route: Route?, _ responder: Responder, startUs: Int64) {
    self.request = request
    self.route = route
    self.responder = responder
    self.startUs = startUs
    taker = .whole
    bodyBytesMax = route?.bodyBytesMax ?? 0
  }
}
