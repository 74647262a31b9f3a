import JSON
import Testing

@testable import Streams

/// The end of a checkpoint is read to the letter: what it says wrong must not become a state.
@Suite struct CheckpointClosedTests {
  private func read(_ data: String) throws -> CheckpointClosed {
    try CheckpointClosed(
      type: "petrel.CheckpointClosed", data: try JSONDocument(parsing: data).root)
  }

  @Test func whatIsWrittenIsRead() throws {
    let closed = CheckpointClosed(
      positions: ["triggers": 1 << 40, "ticks": 0], ticks: [0: 1, 255: 1 << 40, 10: 3])
    var writer = JSONWriter()
    closed.write(into: &writer)
    #expect(
      writer.text == #"{"positions":{"ticks":0,"triggers":1099511627776},"#
        + #""ticks":{"0":1,"10":3,"255":1099511627776}}"#)
    let back = try read(writer.text)
    #expect(back.positions == closed.positions)
    #expect(back.ticks == closed.ticks)
  }

  @Test func aTopicThatIsNotKnownAnyMoreIsKept() throws {
    #expect(try read(#"{"positions":{"gone":7},"ticks":{}}"#).positions == ["gone": 7])
  }

  @Test(arguments: [
    "01", "+1", "-1", "256", "1.0", " 1", "", "a", "١",
  ])
  func aLaneIsANumberInItsOneForm(_ lane: String) {
    #expect(
      throws: RecordError("ticks: a lane must be a number from 0 to 255, found '\(lane)'")
    ) { try read(#"{"positions":{},"ticks":{"\#(lane)":5}}"#) }
    // Beside the same lane in its form, where two would be one.
    #expect(throws: RecordError.self) {
      try read(#"{"positions":{},"ticks":{"1":4,"\#(lane)":5}}"#)
    }
  }

  @Test(arguments: [
    (#"{"positions":{"a":1,"a":2},"ticks":{}}"#, "'a' again"),
    (#"{"positions":{},"ticks":{"1":1,"1":1}}"#, "'1' again"),
    (#"{"positions":{"a":-1},"ticks":{}}"#, "'a' with -1"),
    (#"{"positions":{"a":"1"},"ticks":{}}"#, #"'a' with "1""#),
    (#"{"positions":{},"ticks":{"1":1.5}}"#, "'1' with 1.5"),
    (#"{"positions":{},"ticks":{"1":null}}"#, "'1' with null"),
    (#"{"positions":{}}"#, "must have positions and ticks"),
    (#"{"positions":[],"ticks":{}}"#, "must have positions and ticks"),
    (#"{"ticks":{}}"#, "must have positions and ticks"),
  ])
  func whatIsWrongIsNamed(_ data: String, message: String) {
    let error = #expect(throws: RecordError.self) { try read(data) }
    #expect(error?.text.contains(message) == true, "found \(error?.text ?? "none")")
  }
}
