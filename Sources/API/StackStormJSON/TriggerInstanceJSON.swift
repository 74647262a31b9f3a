import Calendar
import Connectors
import JSON

extension TriggerInstanceProjection.Row {
  /// The trigger instance in StackStorm's form, with what Petrel knows beside it.
  var document: Document {
    var document = Document()
    document["id"] = .string(id)
    document["trigger"] = .string(trigger)
    document["trigger_type"] = .string(triggerType)
    document["occurrence_time"] = .string(occurrenceTime.iso8601)
    document["status"] = .string(status)
    document.set("payload", json: payload)
    document["trace_tag"] = traceTag.map { .string($0) }
    document["source"] = source.map { .string($0) }
    document["event_id"] = eventID.map { .string($0) }
    document["execution_id"] = executionID.map { .string($0) }
    return document
  }
}
