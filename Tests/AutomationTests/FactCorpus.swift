import Automation
import Calendar
import JSON
import Streams

/// One record of every kind that was ever written, as it stands in the log: what a release wrote,
/// every later one reads. Lines are only ever added.
struct FactExample: Sendable {
  let topic: Topic
  let type: String
  /// The value of `data`, to the byte as `write` writes it.
  let data: String
  let coding: any FactCoding.Type

  init(_ topic: Topic, _ type: String, _ coding: any FactCoding.Type, _ data: String) {
    self.topic = topic
    self.type = type
    self.data = data
    self.coding = coding
  }

  /// An envelope around the data.
  var record: [UInt8] {
    var writer = JSONWriter()
    let envelope = Envelope(
      id: "65a000000100000000700001", type: type, source: "petrel",
      time: Instant(microseconds: 1_700_000_000_000_000), lane: Lane(1))
    envelope.write(into: &writer) { $0.raw(data.utf8) }
    return writer.bytes
  }

  private static let id = "65a000000100000000700001"
  private static let execution = #""execution":"\#(id)""#
  private static let worker = #""worker":"w1","incarnation":"i1""#

  static let all =
    commands + triggers + decisions + executions + work + content
    + [
      FactExample(
        .output, "petrel.OutputWritten", OutputWritten.self,
        #"{\#(execution),"stream":"stdout","number":3,"text":"a\n"}"#),
      FactExample(
        .workers, "petrel.WorkerSeen", WorkerSeen.self, #"{\#(worker),"running":2}"#),
      FactExample(
        .deadLetters, "petrel.DeadLettered", DeadLetter.self,
        #"{"reason":"no","by":"triggers","topic":"events","offset":9,"input":"e9","text":"{"}"#),
      FactExample(
        .deadLetters, "petrel.DeadLetterRedriven", DeadLetterFact.self,
        #"{"topic":"events","offset":9,"letter":"\#(id)","input":"e9","reason":"mended"}"#),
    ]

  private static let commands = [
    FactExample(
      .commands, "petrel.RunAsked", Command.self,
      #"{"action":"core.noop","parameters":{"a":1},"user":"ana","context":{"b":[]},"delay_ms":5}"#),
    FactExample(
      .commands, "petrel.RunAsked", Command.self, #"{"action":"core.noop","user":"ana"}"#),
    FactExample(
      .commands, "petrel.CancelAsked", Command.self, #"{\#(execution),"user":"ana"}"#),
  ]

  private static let triggers = [
    FactExample(
      .triggers, "petrel.TriggerRecorded", TriggerFact.self,
      #"{"trigger":"demo.hot","type":"demo.alert","payload":{"host":"é"},"source":"s","#
        + #""sender_id":"7","digest":"00ff","trace_tag":"t","execution":"\#(id)"}"#),
    FactExample(
      .triggers, "petrel.TriggerRecorded", TriggerFact.self,
      #"{"trigger":"demo.alert","payload_in_event":12}"#),
    FactExample(
      .triggers, "petrel.EventDuplicated", TriggerFact.self,
      #"{"source":"s","sender_id":"7","first":"\#(id)","digest":"00ff","first_digest":"00fe"}"#),
  ]

  private static let decisions = [
    FactExample(
      .decisions, "petrel.DecisionMade", DecisionFact.self,
      #"{"trigger":"\#(id)","rule":"demo.page","revision":4,"outcome":"fired","#
        + #""action":"core.noop","parameters":{"a":"1"},"trace_tag":"t"}"#),
    FactExample(
      .decisions, "petrel.DecisionMade", DecisionFact.self,
      #"{"trigger":"\#(id)","rule":"demo.page","revision":4,"outcome":"no_match","#
        + #""reason":"r","criterion":{"key":"trigger.a","operator":"equals","pattern":1,"#
        + #""value":null}}"#),
    FactExample(
      .decisions, "petrel.DecisionMade", DecisionFact.self,
      #"{"trigger":"\#(id)","rule":"demo.page","revision":4,"outcome":"missing_field"}"#),
    FactExample(
      .decisions, "petrel.DecisionMade", DecisionFact.self,
      #"{"trigger":"\#(id)","rule":"demo.page","revision":4,"outcome":"error","reason":"r"}"#),
    FactExample(
      .decisions, "petrel.DecisionsOmitted", DecisionFact.self,
      #"{"trigger":"\#(id)","count":17}"#),
  ]

  private static let executions = [
    FactExample(
      .executions, "petrel.ExecutionRequested", ExecutionFact.self,
      #"{"action":"core.noop","parameters":{"a":1},"user":"ana","context":{"b":2},"#
        + #""rule":"demo.page","decision":"\#(id)","trigger_instance":"\#(id)","delay_ms":5,"#
        + #""trace_tag":"t"}"#),
    FactExample(
      .executions, "petrel.ExecutionScheduled", ExecutionFact.self,
      #"{\#(execution),"attempt":1,"may_repeat":true}"#),
    FactExample(
      .executions, "petrel.WorkerSuspected", ExecutionFact.self, #"{\#(worker)}"#),
    FactExample(
      .executions, "petrel.ExecutionDelayed", ExecutionFact.self,
      #"{\#(execution),"until":"2023-11-14T22:13:20.000000Z"}"#),
    FactExample(
      .executions, "petrel.ExecutionStarted", ExecutionFact.self,
      #"{\#(execution),"attempt":1,\#(worker)}"#),
    FactExample(
      .executions, "petrel.ExecutionCancelAsked", ExecutionFact.self,
      #"{\#(execution),"user":"ana"}"#),
    FactExample(
      .executions, "petrel.ExecutionEnded", ExecutionFact.self,
      #"{\#(execution),"status":"succeeded","result":{"stdout":"ok"}}"#),
    FactExample(
      .executions, "petrel.ExecutionResultLate", ExecutionFact.self,
      #"{\#(execution),"status":"failed"}"#),
  ]

  private static let work = [
    FactExample(
      .work, "petrel.WorkScheduled", Work.self,
      #"{\#(execution),"attempt":1,"action":"demo.notify","runner":"local-shell-script","#
        + #""entry_point":"scripts/notify.sh","pack_digest":"00ff","runner_parameters":{"t":1},"#
        + #""action_parameters":{"a":null},"user":"ana","context":{"b":true}}"#),
    FactExample(
      .results, "petrel.WorkStarted", WorkerReport.self,
      #"{\#(execution),"attempt":1,\#(worker)}"#),
    FactExample(
      .results, "petrel.WorkFinished", WorkerReport.self,
      #"{\#(execution),"attempt":1,\#(worker),"status":"timeout","result":[1.5]}"#),
  ]

  private static let content = [
    FactExample(
      .content, "petrel.ContentRecorded", ContentFact.self,
      #"{"kind":"trigger_type","ref":"demo.alert","body":{"name":"alert"}}"#),
    FactExample(
      .content, "petrel.ContentRemoved", ContentFact.self,
      #"{"kind":"rule","ref":"demo.page"}"#),
    FactExample(
      .content, "petrel.ContentChanged", ContentFact.self, #"{"pack":"demo","count":3}"#),
  ]
}
