import Automation
import Streams
import TestSupport

/// One way in which a record can be bad.
struct Poison: CustomStringConvertible {
  let topic: Topic
  let what: String
  let text: [UInt8]

  var description: String { "\(what) in \(topic.name)" }

  /// Every way in every topic that the engine reads.
  static let all: [Poison] = [Topic.events, .commands, .results, .letters].flatMap { topic in
    let good = record(topic, data: data(topic))
    return damages(good).map { Poison(topic: topic, what: $0.0, text: $0.1) }
      + attributes.map { what, name, value in
        Poison(topic: topic, what: what, text: Array(record(topic, name, value).utf8))
      }
      + contents(topic).map { content in
        Poison(topic: topic, what: content, text: Array(record(topic, data: content).utf8))
      }
  }

  // MARK: - Records

  private static let types: [Topic: String] = [
    .events: "petrel.EventReceived", .commands: "petrel.CancelAsked",
    .results: "petrel.WorkStarted", .letters: "petrel.ExecutionRequested",
  ]

  private static let unknown = String(repeating: "0", count: 24)

  private static func data(_ topic: Topic) -> String {
    switch topic {
    case .commands: #"{"execution":"\#(unknown)","user":"somebody"}"#
    case .results: #"{"execution":"\#(unknown)","attempt":1,"worker":"w","incarnation":"i"}"#
    case .letters: #"{"to":"executions","from":1,"fact":{"action":"core.noop"}}"#
    default: #"{"form":"short","body":{"trigger":"demo.alert","payload":{"host":"web1"}}}"#
    }
  }

  private static func record(_ topic: Topic, data: String) -> String {
    record(topic, "data", data)
  }

  /// A good record but for one attribute; nil leaves it out.
  private static func record(_ topic: Topic, _ name: String, _ value: String?) -> String {
    var members = [
      ("specversion", #""1.0""#), ("id", #""poison""#), ("type", #""\#(types[topic]!)""#),
      ("source", #""/poison""#), ("time", #""2026-01-01T00:00:00Z""#), ("lane", "0"),
      ("version", "1"), ("data", data(topic)),
    ]
    members.removeAll { $0.0 == name }
    if let value { members.append((name, value)) }
    return "{\(members.map { #""\#($0.0)":\#($0.1)"# }.joined(separator: ","))}"
  }

  // MARK: - What can be wrong

  /// The text itself.
  private static func damages(_ good: String) -> [(String, [UInt8])] {
    let bytes = Array(good.utf8)
    func inside(_ text: [UInt8]) -> [UInt8] {
      Array(good.replacing(#""poison""#, with: #""poi§son""#).utf8).split(separator: 0xc2)
        .enumerated().flatMap { $0.offset == 0 ? Array($0.element) : text + $0.element.dropFirst() }
    }
    let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
    let texts: [(String, String)] = [
      ("nothing", ""), ("a blank", " "), ("null", "null"), ("true", "true"), ("a number", "17"),
      ("a text", #""text""#), ("an empty list", "[]"), ("an empty object", "{}"),
      ("a list of it", "[\(good)]"), ("two of it", good + good), ("trailing text", good + "x"),
      ("trailing comma", good.dropLast() + ",}"), ("a comment", "/* */" + good),
      ("single quotes", good.replacing("\"", with: "'")),
      ("no quotes", good.replacing("\"", with: "")),
      ("NaN", good.dropLast() + #","x":NaN}"#), ("a leading zero", good.dropLast() + #","x":01}"#),
      ("a number out of range", good.dropLast() + #","x":1e999}"#),
      ("too deep", good.dropLast() + #","x":\#(deep)}"#),
      ("an open text", good.dropLast() + #","x":"y}"#),
      ("half a surrogate", good.dropLast() + #","x":"\ud800"}"#),
      ("an unknown escape", good.dropLast() + #","x":"\q"}"#),
      ("brackets only", String(repeating: "[", count: 1 << 20)),
      ("ten megabytes", String(repeating: "x", count: 10 << 20)),
    ]
    let raw: [(String, [UInt8])] = [
      ("a lone continuation byte", inside([0x80])), ("an overlong slash", inside([0xc0, 0xaf])),
      ("half a character", inside([0xe2, 0x82])), ("a byte of none", inside([0xff])),
      ("a surrogate in UTF-8", inside([0xed, 0xa0, 0x80])), ("a raw NUL", inside([0])),
      ("a raw line end", inside([0x0a])), ("zeros", [UInt8](repeating: 0, count: 64)),
      ("UTF-16", bytes.flatMap { [$0, 0] }), ("a byte order mark of UTF-16", [0xff, 0xfe] + bytes),
    ]
    let cuts = [1, 2, 3, 5, 8, 13].map { part in
      ("cut to \(part) of 14", Array(bytes.prefix(bytes.count * part / 14)))
    }
    return texts.map { ($0.0, Array($0.1.utf8)) } + raw + cuts
  }

  /// An attribute that every record must have.
  private static let attributes: [(String, String, String?)] = [
    ("id", [nil, "null", "17", #""""#, "[]"]), ("type", [nil, "null", "17", #""""#]),
    ("lane", [nil, "null", "-1", "256", "1.5", #""0""#]),
    ("time", [nil, "null", "17", #""""#, #""now""#, #""2026-13-01T00:00:00Z""#]),
    ("version", ["2", "0", "-1", "999"]),
  ].flatMap { name, values in
    values.map { ("\(name) \($0 ?? "missing")", name, $0) }
  }

  /// Data that the topic's reader must refuse.
  private static func contents(_ topic: Topic) -> [String] {
    let none = ["null", "17", "[]", "{}"]
    switch topic {
    case .events:
      return none
        + [
          #"{"form":"carrier pigeon","body":{}}"#, #"{"form":"short"}"#,
          #"{"form":"short","body":{"payload":{}}}"#,
          #"{"form":"short","body":{"trigger":"demo.alert"}}"#,
          #"{"form":"short","body":{"trigger":"no.such","payload":{}}}"#,
          #"{"form":"short","body":{"trigger":"demo.alert","payload":{}}}"#,
          #"{"form":"short","body":{"trigger":"demo.alert","payload":{"host":1}}}"#,
          #"{"form":"short","body":{"trigger":"demo.alert","payload":"text"}}"#,
          #"{"form":"webhook","body":{}}"#, #"{"form":"webhook","hook":"none","body":{}}"#,
          #"{"form":"cloudevent","body":{"type":"demo.alert","data":{"host":"a"}}}"#,
          #"{"form":"cloudevent","body":{"source":"/a","data":{"host":"a"}}}"#,
          #"{"form":"cloudevent","body":{"source":"/a","type":"demo.alert"}}"#,
        ]
    case .commands:
      return none + [#"{"execution":"short","user":"a"}"#, #"{"execution":"\#(unknown)"}"#]
    case .results:
      return none
        + [
          #"{"execution":"short","attempt":1,"worker":"w","incarnation":"i"}"#,
          #"{"execution":"\#(unknown)","attempt":"1","worker":"w","incarnation":"i"}"#,
          #"{"execution":"\#(unknown)","attempt":1}"#,
        ]
    default: return none + [#"{"to":"nobody","fact":{}}"#, #"{"to":"executions"}"#]
    }
  }
}
