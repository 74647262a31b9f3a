/// The connections of one loop by slot. A slot's incarnation is part of the token that the kernel
/// returns with events, its generation part of each responder.
struct ConnectionTable {
  private struct Slot {
    var connection: Connection?
    var incarnation: UInt32 = 0
    var generation: UInt32 = 0
  }

  private var slots: [Slot] = []
  private var free: [Int] = []
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }
  var isFull: Bool { free.isEmpty && slots.count == Responder.slotCountMax }
  var all: [Connection] { slots.compactMap(\.connection) }

  static func slot(_ token: UInt64) -> Int { Int(token & 0xffff_ffff) }

  /// Returns the token of the connection.
  mutating func insert(_ connection: Connection) -> UInt64 {
    let slot: Int
    if let known = free.popLast() {
      slot = known
    } else {
      slot = slots.count
      slots.append(Slot())
    }
    slots[slot].connection = connection
    // 31 bits, so that no token is one of the loop's own.
    slots[slot].incarnation = (slots[slot].incarnation + 1) & 0x7fff_ffff
    count += 1
    return UInt64(slots[slot].incarnation) << 32 | UInt64(slot)
  }

  mutating func remove(_ token: UInt64) {
    let slot = Self.slot(token)
    guard find(token) != nil else { return }
    slots[slot].connection = nil
    slots[slot].generation &+= 1
    free.append(slot)
    count -= 1
  }

  func find(_ token: UInt64) -> Connection? {
    let slot = Self.slot(token)
    guard slot < slots.count, slots[slot].incarnation == UInt32(token >> 32) else { return nil }
    return slots[slot].connection
  }

  func find(_ responder: Responder) -> Connection? {
    let slot = responder.slot
    guard slot < slots.count, slots[slot].generation == responder.generation else { return nil }
    return slots[slot].connection
  }

  mutating func newGeneration(_ slot: Int) -> UInt32 {
    slots[slot].generation &+= 1
    return slots[slot].generation
  }
}
