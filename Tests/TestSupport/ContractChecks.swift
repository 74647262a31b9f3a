import JSON
import Streams

/// Looking at logs and saying what is wrong with them.

func expect<Value: Equatable>(
  _ found: Value, _ expected: Value, _ what: String
) throws(ContractBreach) {
  guard found != expected else { return }
  throw ContractBreach(description: "\(what): expected \(expected), found \(found)")
}

func expect(_ condition: Bool, _ what: @autoclosure () -> String) throws(ContractBreach) {
  guard condition else { throw ContractBreach(description: what()) }
}

func found<Value>(_ value: Value?, _ what: String) throws(ContractBreach) -> Value {
  guard let value else { throw ContractBreach(description: "expected \(what), found none") }
  return value
}

func expectError<Value>(
  _ expected: LogError, _ what: String, _ body: () async throws -> Value
) async throws {
  do {
    _ = try await body()
  } catch let error as LogError {
    return try expect(error, expected, what)
  }
  throw ContractBreach(description: "\(what): expected the error '\(expected)', found none")
}

extension Topic {
  /// A table: it has one partition whatever the others have.
  static let testTable = Topic("content", number: 10, .table)
  /// A second input.
  static let testCommands = Topic("commands", number: 1, .input)
}

extension Outgoing {
  /// Values `{"n":1}`, numbered.
  init(_ numbers: some Sequence<Int>, _ topic: Topic = .testEvents, lane: UInt8 = 0) {
    self.init()
    for number in numbers { add(number, topic, lane: lane) }
  }

  init(_ texts: [String], _ topic: Topic = .testEvents, lane: UInt8 = 0) {
    self.init()
    for text in texts { add(topic, Lane(lane), value: text.utf8) }
  }

  mutating func add(_ number: Int, _ topic: Topic = .testEvents, lane: UInt8 = 0) {
    add(topic, Lane(lane), value: #"{"n":\#(number)}"#.utf8)
  }
}

extension Record {
  var text: String { String(decoding: value, as: UTF8.self) }
}

extension [Record] {
  /// The numbers of numbered values.
  func numbers() throws -> [Int] {
    var numbers: [Int] = []
    for record in self {
      numbers.append(
        try found(
          try record.event()["n"]?.intValue, "a numbered value at \(record.position)"))
    }
    return numbers
  }
}

extension EventLog {
  /// The numbers in a partition, from its first record to its recorded end.
  func numbers(_ topic: Topic = .testEvents, _ partition: Int = 0) async throws -> [Int] {
    try await records(topic, partition).numbers()
  }

  func texts(_ topic: Topic = .testEvents, _ partition: Int = 0) async throws -> [String] {
    try await records(topic, partition).map(\.text)
  }

  @discardableResult
  func append(
    _ numbers: some Sequence<Int>, _ topic: Topic = .testEvents, lane: UInt8 = 0
  ) async throws -> [Appended] {
    try await append(Outgoing(numbers, topic, lane: lane), .synced)
  }

  /// Reads what is there now.
  func read(
    _ partition: Partition, from offset: Int64, to end: End = .recorded, bytesMax: Int = 1 << 20
  ) async throws -> Batch {
    try await read(from: [partition: offset], to: end, bytesMax: bytesMax, wait: .zero)
  }

  /// Runs `body` as the owner of a group's partition 0.
  func withOwner(
    of group: String = "g", partition: Int = 0,
    _ body: @escaping @Sendable (Owner) async throws -> Void
  ) async throws {
    try await serve(as: group) { owner in
      if owner.partition == partition { try await body(owner) }
    }
  }
}
