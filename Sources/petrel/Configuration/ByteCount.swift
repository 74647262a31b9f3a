/// A number of bytes as people write it: `8 MiB`, `10MB`, `65536`. Binary and decimal units; a
/// number alone is bytes.
enum ByteCount {
  private static let units: [(name: String, bytes: Int)] = [
    ("tib", 1 << 40), ("gib", 1 << 30), ("mib", 1 << 20), ("kib", 1 << 10),
    ("tb", 1_000_000_000_000),
    ("gb", 1_000_000_000), ("mb", 1_000_000), ("kb", 1_000), ("b", 1),
  ]

  /// Nil for what is no such number, and above 2^62.
  static func read(_ text: String) -> Int? {
    let digits = text.prefix { ("0"..."9").contains($0) }
    guard (1...18).contains(digits.count), let number = Int(digits) else { return nil }
    var rest = text.dropFirst(digits.count)
    if rest.isEmpty { return number }
    if rest.first == " " { rest.removeFirst() }
    guard let unit = units.first(where: { $0.name == rest.lowercased() }) else { return nil }
    let (bytes, isTooLarge) = number.multipliedReportingOverflow(by: unit.bytes)
    return isTooLarge || bytes > 1 << 62 ? nil : bytes
  }

  /// Exact, in the largest binary unit that leaves no rest: `8 MiB`, `1000 B`.
  static func text(_ bytes: Int) -> String {
    let names = ["TiB", "GiB", "MiB", "KiB"]
    for (unit, name) in zip(units, names) where bytes >= unit.bytes && bytes % unit.bytes == 0 {
      return "\(bytes / unit.bytes) \(name)"
    }
    return "\(bytes) B"
  }

  /// For reading at a glance, with one digit behind the point: `1.4 GiB`.
  static func rounded(_ bytes: Int) -> String {
    let names = ["TiB", "GiB", "MiB", "KiB"]
    for (unit, name) in zip(units, names) where bytes >= unit.bytes {
      let tenths = bytes % unit.bytes * 10 / unit.bytes
      return "\(bytes / unit.bytes).\(tenths) \(name)"
    }
    return "\(bytes) B"
  }
}
