import JSON
import Testing

@Suite struct SplitterTests {
  /// What a stream gave: each document with its line, or what went wrong with it.
  struct Outcome: Equatable {
    var pieces: [String] = []
    var error: String?
  }

  func split(
    _ chunks: [[UInt8]], _ form: JSONSplitter.Form = .detected, bytesMax: Int = 100
  ) -> Outcome {
    var splitter = JSONSplitter(form, limits: JSONLimits(bytesMax: bytesMax))
    var outcome = Outcome()
    let take = { (piece: JSONSplitter.Piece) in
      switch piece {
      case .document(let bytes, let line):
        outcome.pieces.append("\(line): \(String(decoding: bytes, as: UTF8.self))")
      case .tooLong(let line, let bytes): outcome.pieces.append("\(line): too long, \(bytes)")
      }
    }
    do {
      for chunk in chunks { try splitter.feed(chunk, take) }
      try splitter.finish(take)
    } catch { outcome.error = error.description }
    return outcome
  }

  static let streams: [(String, JSONSplitter.Form, [String])] = [
    ("", .detected, []),
    (" \n\n ", .detected, []),
    ("{\"a\":1}", .detected, ["1: {\"a\":1}"]),
    ("{\"a\":1}\n", .detected, ["1: {\"a\":1}"]),
    (
      "\n{\"a\":1} \r\n\r\n {\"b\":\"}\\\"{\"}\n[1]", .detected,
      ["2: {\"a\":1}", "4: {\"b\":\"}\\\"{\"}", "5: [1]"]
    ),
    ("{}\n{}\n", .detected, ["1: {}", "2: {}"]),
    ("1\n\"x\"\nnull", .detected, ["1: 1", "2: \"x\"", "3: null"]),
    ("{\n \"a\": [1,\n 2]\n}\n\n", .detected, ["1: {\n \"a\": [1,\n 2]\n}"]),
    ("{\"a\":1} x\n{}\n", .detected, ["1: {\"a\":1} x", "2: {}"]),
    ("{\"a\":\"b\n{}\n", .detected, ["1: {\"a\":\"b", "2: {}"]),
    ("{}}\n{}\n", .detected, ["1: {}}", "2: {}"]),
    ("{\"a\":\n", .detected, ["1: {\"a\":"]),
    (
      "{\"t\":1,\"p\":{\n{\"a\":1}\n\n {\"b\":2} \n", .detected,
      ["1: {\"t\":1,\"p\":{", "2: {\"a\":1}", "4: {\"b\":2}"]
    ),
    (
      "{\"a\":\n{\"b\":1}\n{\"c\":1}\n", .detected,
      ["1: {\"a\":", "2: {\"b\":1}", "3: {\"c\":1}"]
    ),
    ("{\"a\":1,\n{\"b\":1}", .detected, ["1: {\"a\":1,", "2: {\"b\":1}"]),
    ("{\"a\":\n{}\n[1]\n", .detected, ["1: {\"a\":", "2: {}", "3: [1]"]),
    (
      "{\"a\":[\n{\"b\":1},\n{\"c\":\n{\"d\":2}}\n]}\n", .detected,
      ["1: {\"a\":[\n{\"b\":1},\n{\"c\":\n{\"d\":2}}\n]}"]
    ),
    ("{\"a\":\n{}\n[1]\n", .lines, ["1: {\"a\":", "2: {}", "3: [1]"]),
    ("[[1],\n{}]\n[2]", .lines, ["1: [[1],", "2: {}]", "3: [2]"]),
    ("[]", .detected, []),
    (" [ \n ] ", .detected, []),
    ("[1]", .detected, ["1: 1"]),
    (
      "[ {\"a\":[1,{}]} ,\n \"],[\\\"\" , [] ,null ]\n", .detected,
      ["1: {\"a\":[1,{}]}", "2: \"],[\\\"\"", "2: []", "2: null"]
    ),
    ("[{\"a\":1} x, 2]", .detected, ["1: {\"a\":1} x", "1: 2"]),
    ("[\"a\nb\",\n1]", .detected, ["1: \"a\nb\"", "3: 1"]),
  ]

  @Test(arguments: streams)
  func `documents come out whole wherever the stream is cut`(
    stream: String, form: JSONSplitter.Form, documents: [String]
  ) {
    let bytes = Array(stream.utf8)
    let whole = Outcome(pieces: documents)
    #expect(split([bytes], form) == whole)
    #expect(split(bytes.map { [$0] }, form) == whole)
    for cut in 0...bytes.count {
      #expect(split([Array(bytes[..<cut]), Array(bytes[cut...])], form) == whole)
    }
  }

  @Test(
    arguments: [
      ("[1,]", ["1: 1"], "line 1, column 4 (byte 3): expected an element, found ']'"),
      ("[,1]", [], "line 1, column 2 (byte 1): expected an element, found ','"),
      ("[1\n}", [], "line 2, column 1 (byte 3): expected ',' or ']' of the array, found '}'"),
      (
        "[1, \n2", ["1: 1"],
        "line 2, column 2 (byte 6): expected ',' or ']' of the array, found the end of the text"
      ),
      (
        "[1] 2", ["1: 1"], "line 1, column 5 (byte 4): expected nothing behind the array, found '2'"
      ),
      (
        "{\n}\n{}", ["1: {\n}"],
        "line 3, column 1 (byte 4): expected nothing behind the object, found '{'"
      ),
    ] as [(String, [String], String)])
  func `a fault is told with its place wherever the stream is cut`(
    stream: String, documents: [String], message: String
  ) {
    let bytes = Array(stream.utf8)
    let whole = Outcome(pieces: documents, error: message)
    #expect(split([bytes]) == whole)
    for cut in 0...bytes.count {
      #expect(split([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole)
    }
  }

  @Test(arguments: [
    ("12345678\n123456789\n1", ["1: 12345678", "2: too long, 9", "3: 1"]),
    ("[12345678,123456789 ,1]", ["1: 12345678", "1: too long, 10", "1: 1"]),
    ("{\n\"a\":1}", ["1: {\n\"a\":1}"]),
    ("{\n\"a\": 1}", ["1: too long, 9"]),
    ("{\"a\": 1}\n{}", ["1: {\"a\": 1}", "2: {}"]),
    ("{\"a\":  1}\n{}", ["1: too long, 9", "2: {}"]),
    ("1\n123456789", ["1: 1", "2: too long, 9"]),
  ])
  func `a document is taken up to the limit and skipped one past it`(
    stream: String, documents: [String]
  ) {
    let bytes = Array(stream.utf8)
    let whole = Outcome(pieces: documents)
    #expect(split([bytes], bytesMax: 8) == whole)
    #expect(split(bytes.map { [$0] }, bytesMax: 8) == whole)
    for cut in 0...bytes.count {
      #expect(split([Array(bytes[..<cut]), Array(bytes[cut...])], bytesMax: 8) == whole)
    }
  }

  @Test func `after a fault every call throws the same`() throws {
    var splitter = JSONSplitter()
    let error = try #require(
      throws: JSONError.self
    ) { try splitter.feed(Array("[,".utf8)) { _ in } }
    #expect(throws: error) { try splitter.feed(Array("1]".utf8)) { _ in } }
    #expect(throws: error) { try splitter.finish { _ in } }
  }

  @Test func `a document that is whole in one chunk is a part of that chunk`() throws {
    let chunk = Array("{\"a\":1}\n{\"b\":2}\n".utf8)
    try chunk.withUnsafeBytes { bytes in
      var places: [Int] = []
      var splitter = JSONSplitter()
      try splitter.feed(bytes) { piece in
        if case .document(let document, _) = piece {
          places.append(document.baseAddress! - bytes.baseAddress!)
        }
      }
      #expect(places == [0, 8])
    }
  }
}
