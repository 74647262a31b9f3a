import JSON
import Streams

/// A fact with its envelope, for records whose ids are no positions: live output, dead letters.
struct Enveloped<Fact: FactCoding> {
  let fact: Fact
  let envelope: Envelope

  static func read(_ record: Record) -> Result<Enveloped<Fact>, RecordError> {
    let event: JSONView
    do {
      event = try record.event()
    } catch {
      return .failure(RecordError("it is not JSON: \(error)"))
    }
    do throws(RecordError) {
      let envelope = try Envelope(event)
      guard let data = event["data"] else { throw RecordError("attribute data is missing") }
      return .success(
        Enveloped(fact: try Fact(type: envelope.type, data: data), envelope: envelope))
    } catch {
      return .failure(error)
    }
  }
}
