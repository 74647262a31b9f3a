import Automation
import Streams

/// One way in which a record can be bad.
struct Poison: CustomStringConvertible {
  let topic: Topic
  let what: String
  let text: [UInt8]

  var description: String { "\(what) in \(topic.name)" }

  /// Every way in every topic that the engine reads.
  static let all: [Poison] = [Topic.events, .commands, .results, .letters].flatMap { topic in
    var all: [Poison] = []
    for (what, text) in damages(record(topic, data: data(topic))) {
      all.append(Poison(topic: topic, what: what, text: text))
    }
    for (name, values) in attributes {
      for value in values {
        let text = record(topic, name, value)
        all.append(
          Poison(topic: topic, what: "\(name) \(value ?? "missing")", text: Array(text.utf8)))
      }
    }
    for content in contents(topic) {
      let text = record(topic, data: content)
      all.append(Poison(topic: topic, what: content, text: Array(text.utf8)))
    }
    return all
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
    var all: [(String, [UInt8])] = []
    for (what, text) in texts(good) { all.append((what, Array(text.utf8))) }
    let bytes = Array(good.utf8)
    let name = Array(#""poison""#.utf8)
    let place = bytes.indices.first { bytes[$0...].starts(with: name) } ?? 0
    for (what, piece) in pieces {
      all.append((what, Array(bytes[...place]) + piece + Array(bytes[(place + 1)...])))
    }
    all.append(("zeros", [UInt8](repeating: 0, count: 64)))
    all.append(("UTF-16", bytes.flatMap { [$0, 0] }))
    for part in [1, 2, 3, 5, 8, 13] {
      all.append(("cut to \(part) of 14", Array(bytes.prefix(bytes.count * part / 14))))
    }
    return all
  }

  private static func texts(_ good: String) -> [(String, String)] {
    let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
    func with(_ end: String) -> String { String(good.dropLast()) + end }
    return [
      ("nothing", ""), ("a blank", " "), ("null", "null"), ("true", "true"), ("a number", "17"),
      ("a text", #""text""#), ("an empty list", "[]"), ("an empty object", "{}"),
      ("a list of it", "[\(good)]"), ("two of it", "\(good)\(good)"),
      ("trailing text", "\(good)x"), ("trailing comma", with(",}")),
      ("a comment", "/* */\(good)"), ("single quotes", good.replacing("\"", with: "'")),
      ("no quotes", good.replacing("\"", with: "")), ("NaN", with(#","x":NaN}"#)),
      ("a leading zero", with(#","x":01}"#)), ("a number out of range", with(#","x":1e999}"#)),
      ("too deep", with(#","x":\#(deep)}"#)), ("an open text", with(#","x":"y}"#)),
      ("half a surrogate", with(#","x":"\ud800"}"#)),
      ("an unknown escape", with(#","x":"\q"}"#)),
      ("brackets only", String(repeating: "[", count: 1 << 20)),
      ("ten megabytes", String(repeating: "x", count: 10 << 20)),
    ]
  }

  /// What must not stand in a text.
  private static let pieces: [(String, [UInt8])] = [
    ("a lone continuation byte", [0x80]), ("an overlong slash", [0xc0, 0xaf]),
    ("half a character", [0xe2, 0x82]), ("a byte of none", [0xff]),
    ("a surrogate in UTF-8", [0xed, 0xa0, 0x80]), ("a raw NUL", [0]), ("a raw line end", [0x0a]),
  ]

  /// What an attribute that every record must have may not be; nil: missing.
  private static let attributes: [(String, [String?])] = [
    ("id", [nil, "null", "17", #""""#, "[]"]), ("type", [nil, "null", "17", #""""#]),
    ("lane", [nil, "null", "-1", "256", "1.5", #""0""#]),
    ("time", [nil, "null", "17", #""""#, #""now""#, #""2026-13-01T00:00:00Z""#]),
    ("version", ["2", "0", "-1", "999"]),
  ]

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
