public import Calendar
import JSON

/// Values as a log stores them: the records of one partition that one append brings. Facts of a
/// packing topic are put together into JSON arrays of up to `Limits.packedBytesMax`; a value over
/// `Limits.recordBytesMax` is cut into chunk records. A reader above the log sees neither.
public struct Frame: Sendable {
  public let partition: Partition
  /// The stored records back to back, with where each ends.
  public private(set) var bytes: [UInt8] = []
  public private(set) var ends: [Int] = []
  /// For each value where it came to stand: number of its stored record, place in that record, and
  /// its own text (for a chunked value nil: the text is spread).
  var values: [(record: Int, index: Int, text: Range<Int>?)] = []
  /// For each value its place among those of its topic in the batch.
  var places: [Int] = []

  public var count: Int { ends.count }

  init(partition: Partition) { self.partition = partition }
}

extension Frame {
  /// Frames a batch: one frame a partition, in the order in which the topics were first added.
  public static func frames(
    _ outgoing: Outgoing, partitionCount: (Topic) -> Int
  ) throws(LogError) -> [Frame] {
    guard outgoing.byteCount <= Limits.batchBytesMax else {
      throw .tooLarge(max: Limits.batchBytesMax)
    }
    var frames: [Frame] = []
    for part in outgoing.parts {
      var places: [Int: Int] = [:]
      let count = partitionCount(part.topic)
      for value in part.ends.indices {
        let index = part.lanes[value].partition(of: count)
        let place =
          places[index]
          ?? {
            frames.append(Frame(partition: Partition(part.topic, index)))
            places[index] = frames.count - 1
            return frames.count - 1
          }()
        let range = part.value(value)
        guard range.count <= Limits.valueBytesMax else {
          throw .tooLarge(max: Limits.valueBytesMax)
        }
        frames[place].places.append(value)
        frames[place].add(part.bytes[range], lane: part.lanes[value])
      }
    }
    for place in frames.indices { frames[place].closePacked() }
    return frames
  }

  private mutating func add(_ value: ArraySlice<UInt8>, lane: Lane) {
    let brackets = partition.topic.packing ? 2 : 0
    // A foreign value that looks like a chunk goes into chunks itself, so that it comes back.
    if value.count + brackets > Limits.recordBytesMax || Chunk.isChunk(value) {
      closePacked()
      addChunks(value, lane: lane)
    } else if partition.topic.packing {
      addPacked(value)
    } else {
      let start = bytes.count
      bytes.append(contentsOf: value)
      values.append((ends.count, 0, start..<bytes.count))
      ends.append(bytes.count)
    }
  }

  private var openStart: Int { ends.last ?? 0 }

  private mutating func addPacked(_ value: ArraySlice<UInt8>) {
    if bytes.count > openStart, bytes.count - openStart + value.count + 2 > Limits.packedBytesMax {
      closePacked()
    }
    let isFirst = bytes.count == openStart
    bytes.append(isFirst ? UInt8(ascii: "[") : UInt8(ascii: ","))
    let index = isFirst ? 0 : values[values.count - 1].index + 1
    let start = bytes.count
    bytes.append(contentsOf: value)
    values.append((ends.count, index, start..<bytes.count))
  }

  private mutating func closePacked() {
    guard bytes.count > openStart else { return }
    bytes.append(UInt8(ascii: "]"))
    ends.append(bytes.count)
  }

  private mutating func addChunks(_ value: ArraySlice<UInt8>, lane: Lane) {
    let pieces = Chunk.pieces(of: value)
    for (number, piece) in pieces.enumerated() {
      Chunk.write(piece, number: number, count: pieces.count, lane: lane, into: &bytes)
      ends.append(bytes.count)
    }
    values.append((ends.count - 1, 0, nil))
  }

  /// The values as records, the first stored record having the given offset; and the place of each
  /// among those of its topic in the batch.
  public func records(from offset: Int64, time: Instant, original: Outgoing) -> [(
    place: Int, record: Record
  )] {
    let part = original.parts.first { $0.topic == partition.topic }
    return zip(places, values).map { place, value in
      let position = Position(
        partition, offset: offset + Int64(value.record), index: value.index)
      let text =
        if let range = value.text { bytes[range] } else { part!.bytes[part!.value(place)] }
      return (place, Record(position: position, time: time, value: text))
    }
  }
}

extension Record {
  /// The records of a partition out of what is stored, the inverse of framing. All chunks of a
  /// value must be among the stored ones, as they are in one append. Others may write into an
  /// input topic: what only looks like a chunk is handed on there; in any other topic it is damage.
  public static func unframe(
    _ stored: [ArraySlice<UInt8>], of partition: Partition, from offset: Int64, time: Instant
  ) throws(LogError) -> [Record] {
    var records: [Record] = []
    var place = 0
    while place < stored.count {
      let text = stored[place]
      var position = Position(partition, offset: offset + Int64(place))
      place += 1
      if Chunk.isChunk(text) {
        if let (whole, count) = Chunk.join(stored[(place - 1)...]) {
          place += count - 1
          position = Position(partition, offset: offset + Int64(place - 1))
          records.append(Record(position: position, time: time, value: whole[...]))
          continue
        }
        guard partition.topic.kind == .input else { throw .corrupt(at: "\(position)") }
      } else if partition.topic.packing, text.first == UInt8(ascii: "[") {
        for (index, element) in elements(of: text).enumerated() {
          let position = Position(partition, offset: position.offset, index: index)
          records.append(Record(position: position, time: time, value: element))
        }
        continue
      }
      records.append(Record(position: position, time: time, value: text))
    }
    return records
  }

  /// The elements of an array of objects that Petrel wrote itself: no space between them.
  static func elements(of array: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var elements: [ArraySlice<UInt8>] = []
    var depth = 0
    var start = array.startIndex + 1
    var inText = false
    var isEscaped = false
    for place in array.indices.dropFirst() {
      let byte = array[place]
      if inText {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          inText = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): inText = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: "]"):
        if depth == 0, place > start { elements.append(array[start..<place]) }
        depth -= 1
      case UInt8(ascii: ",") where depth == 0:
        elements.append(array[start..<place])
        start = place + 1
      default: break
      }
    }
    return elements
  }
}
