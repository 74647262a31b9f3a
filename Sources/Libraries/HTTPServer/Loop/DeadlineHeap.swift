/// Deadlines in order of time (a binary heap). Cheap because connections are lazy: one that moves
/// its deadline back leaves its entry, and puts in a new one when the old one has come.
struct DeadlineHeap {
  struct Entry: Equatable {
    let dueMs: Int64
    let token: UInt64
  }

  private var entries: [Entry] = []

  var count: Int { entries.count }
  var earliestMs: Int64? { entries.first?.dueMs }

  mutating func insert(_ entry: Entry) {
    var at = entries.count
    entries.append(entry)
    while at > 0 {
      let parent = (at - 1) / 2
      if entries[parent].dueMs <= entry.dueMs { break }
      entries[at] = entries[parent]
      at = parent
    }
    entries[at] = entry
  }

  /// The earliest entry, if it is due.
  mutating func popDue(_ nowMs: Int64) -> Entry? {
    guard let first = entries.first, first.dueMs <= nowMs else { return nil }
    let last = entries.removeLast()
    if entries.isEmpty { return first }
    var at = 0
    while true {
      var child = 2 * at + 1
      if child >= entries.count { break }
      if child + 1 < entries.count, entries[child + 1].dueMs < entries[child].dueMs { child += 1 }
      if last.dueMs <= entries[child].dueMs { break }
      entries[at] = entries[child]
      at = child
    }
    entries[at] = last
    return first
  }
}
