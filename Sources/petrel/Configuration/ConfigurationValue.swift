import Calendar

/// What an option was set to, read and found within its bounds.
enum ConfigurationValue: Sendable, Equatable {
  case text(String)
  /// Bytes or a count.
  case number(Int)
  case duration(Duration)
  case address(ListenPlace)
  /// Left to the program, which looks at the machine.
  case automatic
}

/// Where to listen. Port 0 is any free one.
struct ListenPlace: Sendable, Equatable, CustomStringConvertible {
  /// A name or an address, without the brackets that IPv6 has in texts.
  let host: String
  let port: Int

  init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// `host:port` or `[::1]:port`; nil for anything else.
  init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65_535).contains(port), text[text.index(after: colon)...].allSatisfy(\.isNumber)
    else { return nil }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
      guard host.contains(":") else { return nil }
    } else if host.contains(":") {
      return nil
    }
    guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
    self.init(host: host, port: port)
  }

  var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension ConfigurationOption {
  /// The form of an option's value, with its bounds, both ends included.
  enum Kind: Sendable {
    case text(isEmptyAllowed: Bool)
    case address
    case bytes(ClosedRange<Int>)
    /// Bytes, or `auto`.
    case bytesOrAutomatic(ClosedRange<Int>)
    case count(ClosedRange<Int>)
    case duration(ClosedRange<Duration>)
    case choice([String])
  }

  static let textBytesMax = 4_096

  /// Nil: the text is not what `expected` says.
  func read(_ text: String) -> ConfigurationValue? {
    switch kind {
    case .text(let isEmptyAllowed):
      guard text.utf8.count <= Self.textBytesMax, isEmptyAllowed || !text.isEmpty,
        text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
      else { return nil }
      return .text(text)
    case .address: return ListenPlace(text).map { .address($0) }
    case .bytesOrAutomatic where text == "auto": return .automatic
    case .bytes(let bounds), .bytesOrAutomatic(let bounds):
      guard let bytes = ByteCount.read(text), bounds.contains(bytes) else { return nil }
      return .number(bytes)
    case .count(let bounds):
      guard let count = Int(text), bounds.contains(count) else { return nil }
      return .number(count)
    case .duration(let bounds):
      guard let duration = try? Duration(text: text), bounds.contains(duration) else { return nil }
      return .duration(duration)
    case .choice(let words): return words.contains(text) ? .text(text) : nil
    }
  }

  /// For messages: "a number from 1 to 1024".
  var expected: String {
    switch kind {
    case .text(true): "text in one line of at most \(Self.textBytesMax) bytes"
    case .text(false): "text in one line of 1 to \(Self.textBytesMax) bytes"
    case .address: "host:port, such as 127.0.0.1:9101 or [::1]:9101"
    case .bytes(let bounds): Self.expectedBytes(bounds)
    case .bytesOrAutomatic(let bounds): "'auto' or \(Self.expectedBytes(bounds))"
    case .count(let bounds): "a number from \(bounds.lowerBound) to \(bounds.upperBound)"
    case .duration(let bounds):
      "a duration such as 90s, 2h30m or 1d, from \(bounds.lowerBound.text) to "
        + bounds.upperBound.text
    case .choice(let words): "one of " + words.joined(separator: ", ")
    }
  }

  private static func expectedBytes(_ bounds: ClosedRange<Int>) -> String {
    "a size such as 8 MiB, from \(ByteCount.text(bounds.lowerBound)) to "
      + ByteCount.text(bounds.upperBound)
  }

  /// What a number alone counts; empty where a value has no unit.
  var unit: String {
    switch kind {
    case .bytes, .bytesOrAutomatic: "bytes"
    case .duration: "duration"
    case .count: countUnit
    case .text, .address, .choice: ""
    }
  }

  /// The value as it can be written in the file again.
  func text(of value: ConfigurationValue) -> String {
    switch value {
    case .text(let text): text
    case .address(let place): place.description
    case .duration(let duration): duration.text
    case .automatic: "auto"
    case .number(let number):
      if case .count = kind { "\(number)" } else { ByteCount.text(number) }
    }
  }
}
