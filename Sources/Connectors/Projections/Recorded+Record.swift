import JSON
import Streams

extension Recorded {
  /// Reads a fact from a record of the log.
  static func read(_ record: Record) -> Result<Recorded<Fact>, RecordError> {
    let event: JSONView
    do {
      event = try record.event()
    } catch {
      return .failure(RecordError("it is not JSON: \(error)"))
    }
    do throws(RecordError) {
      return .success(try Recorded(event))
    } catch {
      return .failure(error)
    }
  }
}
