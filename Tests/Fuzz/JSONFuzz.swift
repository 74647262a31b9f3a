import JSON

/// One round of the JSON fuzz target: whatever the bytes are, parsing, splitting and writing
/// neither trap nor contradict each other. A contradiction is a `fatalError`, which a fuzzer keeps.
public func fuzzJSON(_ bytes: UnsafeRawBufferPointer) {
  fuzzParsing(bytes)
  fuzzSplitting(bytes)
}

/// What is taken reads back the same after writing; what is refused has a place inside the text and
/// a reason other than want of memory, so the exact scanner agrees with the fast parser.
private func fuzzParsing(_ bytes: UnsafeRawBufferPointer) {
  let limits = JSONLimits(depthMax: 8, bytesMax: 4096)
  do {
    let document = try JSONDocument(parsing: bytes, limits: limits)
    let value = document.root.copy()
    var writer = JSONWriter()
    writer.value(document.root)
    let again = try JSONValue(parsing: writer.take(), limits: JSONLimits(depthMax: 8))
    writer.value(value)
    guard again == value, writer.bytes == Array(again.text().utf8) else {
      fatalError("\(value.text()) reads back as \(again.text())")
    }
    let indented = try JSONValue(
      parsing: value.text(sorted: true, indent: 1), limits: JSONLimits(depthMax: 8))
    guard indented == value else { fatalError("\(value.text()) changes when it is indented") }
  } catch {
    guard error.reason != .outOfMemory, error.offset <= bytes.count, error.column > 0 else {
      fatalError("parser and scanner differ: \(error)")
    }
  }
}

/// However a stream is cut, the same documents come out; each is a part of the stream in its order.
private func fuzzSplitting(_ bytes: UnsafeRawBufferPointer) {
  for form in [JSONSplitter.Form.detected, .lines] {
    let whole = split(bytes, form, step: max(bytes.count, 1))
    for step in [1, 7] where split(bytes, form, step: step) != whole {
      fatalError("chunks of \(step) bytes give other documents than the whole")
    }
  }
}

private func split(
  _ bytes: UnsafeRawBufferPointer, _ form: JSONSplitter.Form, step: Int
) -> [[UInt8]] {
  var splitter = JSONSplitter(form, limits: JSONLimits(bytesMax: 32))
  var pieces: [[UInt8]] = []
  let take = { (piece: JSONSplitter.Piece) in
    switch piece {
    case .document(let document, let line):
      guard document.count <= 32 else { fatalError("a document of \(document.count) bytes") }
      pieces.append(Array("\(line):".utf8) + document)
    case .tooLong(let line, let count): pieces.append(Array("\(line) \(count)".utf8))
    }
  }
  do {
    for start in stride(from: 0, to: bytes.count, by: step) {
      let chunk = bytes[start..<min(start + step, bytes.count)]
      try splitter.feed(UnsafeRawBufferPointer(rebasing: chunk), take)
    }
    try splitter.finish(take)
  } catch { pieces.append(Array(error.description.utf8)) }
  return pieces
}
