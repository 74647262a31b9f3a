import JSON
import Streams

extension Recorded {
  /// Reads a fact from a record of the log.
  static func read(_ record: Record) -> Result<Recorded<Fact>, RecordError> {
    let document: JSONDocument
    do {
      document = try JSONDocument(parsing: record.value)
    } catch {
      return .failure(RecordError("it is not JSON: \(error)"))
    }
    do throws(RecordError) {
      return .success(try Recorded(document.root))
    } catch {
      return .failure(error)
    }
  }
}
