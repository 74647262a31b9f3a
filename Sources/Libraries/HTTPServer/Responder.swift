/// Names one unanswered request: whoever answers later holds these eight bytes, on any thread, and
/// nothing has to be retained. The first answer counts; after it, and when the client has gone, the
/// name is stale and whatever is done with it is ignored.
public struct Responder: Sendable, Hashable {
  static let loopCountMax = 64
  static let slotCountMax = 1 << 24

  private let value: UInt64

  init(loop: Int, slot: Int, generation: UInt32) {
    value = UInt64(loop) << 56 | UInt64(slot) << 32 | UInt64(generation)
  }

  var loop: Int { Int(value >> 56) }
  var slot: Int { Int(value >> 32 & 0xff_ffff) }
  var generation: UInt32 { UInt32(truncatingIfNeeded: value) }
}
