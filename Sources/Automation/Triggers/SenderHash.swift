/// SipHash-2-4 with 128 bits of result, of which 96 are used, under a key that never changes: it
/// must come out the same in every process. Source: the reference implementation's description.
enum SenderHash {
  private struct State {
    var v0: UInt64 = 0x736f_6d65_7073_6575 ^ 0x7065_7472_656c_2d73
    var v1: UInt64 = 0x646f_7261_6e64_6f6d ^ 0x656e_6465_722d_6964 ^ 0xee
    var v2: UInt64 = 0x6c79_6765_6e65_7261 ^ 0x7065_7472_656c_2d73
    var v3: UInt64 = 0x7465_6462_7974_6573 ^ 0x656e_6465_722d_6964

    mutating func round() {
      v0 &+= v1
      v1 = (v1 << 13 | v1 >> 51) ^ v0
      v0 = v0 << 32 | v0 >> 32
      v2 &+= v3
      v3 = (v3 << 16 | v3 >> 48) ^ v2
      v0 &+= v3
      v3 = (v3 << 21 | v3 >> 43) ^ v0
      v2 &+= v1
      v1 = (v1 << 17 | v1 >> 47) ^ v2
      v2 = v2 << 32 | v2 >> 32
    }

    mutating func take(_ word: UInt64) {
      v3 ^= word
      round()
      round()
      v0 ^= word
    }

    mutating func finish() -> UInt64 {
      for _ in 0..<4 { round() }
      return v0 ^ v1 ^ v2 ^ v3
    }
  }

  /// The length of the source keeps apart what would be one text otherwise.
  static func hash(_ source: String, _ senderID: String) -> (high: UInt64, low: UInt32) {
    var state = State()
    state.take(UInt64(source.utf8.count))
    var word: UInt64 = 0
    var count = 0
    for byte in source.utf8 { add(byte, &word, &count, &state) }
    for byte in senderID.utf8 { add(byte, &word, &count, &state) }
    state.take(word | UInt64(truncatingIfNeeded: count) << 56)
    state.v2 ^= 0xee
    let high = state.finish()
    state.v1 ^= 0xdd
    return (high, UInt32(truncatingIfNeeded: state.finish()))
  }

  private static func add(
    _ byte: UInt8, _ word: inout UInt64, _ count: inout Int, _ state: inout State
  ) {
    word |= UInt64(byte) << UInt64(count % 8 * 8)
    count += 1
    guard count % 8 == 0 else { return }
    state.take(word)
    word = 0
  }
}
