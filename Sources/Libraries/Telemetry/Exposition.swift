/// The small grammar of Prometheus' text format.
enum Exposition {
  static func isName(_ name: String) -> Bool {
    isIdentifier(name) { $0 == UInt8(ascii: ":") }
  }

  /// `le` belongs to histograms, two leading underscores to Prometheus.
  static func isLabel(_ name: String) -> Bool {
    isIdentifier(name) { _ in false } && name != "le" && !name.hasPrefix("__")
  }

  private static func isIdentifier(_ name: String, _ also: (UInt8) -> Bool) -> Bool {
    guard let first = name.utf8.first, !(48...57).contains(first) else { return false }
    return name.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (97...122).contains(byte | 32) || byte == UInt8(ascii: "_")
        || also(byte)
    }
  }

  /// `name="value",…` with values escaped.
  /// - Parameter value: stands for each value if given.
  static func text(of labels: KeyValuePairs<String, String>, value: String? = nil) -> String {
    var text = ""
    for (name, own) in labels {
      if !text.isEmpty { text += "," }
      text += name + "=\"" + escaped(label: value ?? own) + "\""
    }
    return text
  }

  static func escaped(label: String) -> String { escaped(label, quotes: true) }

  static func escaped(help: String) -> String { escaped(help, quotes: false) }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += #"\\"#
      case "\n": escaped += #"\n"#
      case "\"" where quotes: escaped += #"\""#
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  static func write(
    _ series: Metrics.Series, _ name: String, _ labels: String, into text: inout String
  ) {
    func line(_ suffix: String, _ labels: String, _ value: String) {
      text += name + suffix + (labels.isEmpty ? "" : "{\(labels)}") + " " + value + "\n"
    }
    switch series {
    case .counter(let counter): line("", labels, "\(counter.value)")
    case .gauge(let gauge): line("", labels, number(gauge.value))
    case .reading(let read): line("", labels, number(read()))
    case .histogram(let histogram):
      let state = histogram.snapshot()
      let prefix = labels.isEmpty ? "" : labels + ","
      var count = 0
      for (bound, inBucket) in zip(histogram.bounds + [.infinity], state.counts) {
        count += inBucket
        line("_bucket", "\(prefix)le=\"\(number(bound))\"", "\(count)")
      }
      line("_sum", labels, number(state.sum))
      line("_count", labels, "\(count)")
    }
  }

  static func number(_ number: Double) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
    let text = String(number)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
