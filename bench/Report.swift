import Glibc
import JSON

/// A value that was measured, with what it has to be and what it is held against. `ok` speaks of
/// `value` alone, which is CPU or a ratio wherever a bar stands; wall clock is told beside it.
struct Figure {
  enum Bar {
    case atMost(Double)
    case atLeast(Double)

    var limit: Double {
      switch self {
      case .atMost(let limit), .atLeast(let limit): limit
      }
    }
  }

  struct Baseline {
    let what: String
    let value: Double
  }

  let bench: String
  let name: String
  let value: Double
  let unit: String
  var bar: Bar?
  var baseline: Baseline?
  /// What else was seen: name and value, the unit in the name.
  var beside: [(String, Double)] = []

  init(_ bench: String, _ name: String, _ value: Double, _ unit: String) {
    self.bench = bench
    self.name = name
    self.value = value
    self.unit = unit
  }

  /// Nil where there is no bar.
  var isOK: Bool? {
    switch bar {
    case .atMost(let limit)?: value <= limit
    case .atLeast(let limit)?: value >= limit
    case nil: nil
    }
  }

  var json: JSONValue {
    var members: JSONObject = [
      "bench": .string(bench), "case": .string(name), "value": .double(Self.rounded(value)),
      "unit": .string(unit),
    ]
    members["bar"] = bar.map { .double(Self.rounded($0.limit)) } ?? .null
    members["ok"] = isOK.map { .bool($0) } ?? .null
    members["baseline"] =
      baseline.map {
        ["what": .string($0.what), "value": .double(Self.rounded($0.value))]
      } ?? .null
    for (name, value) in beside { members[name] = .double(Self.rounded(value)) }
    return .object(members)
  }

  /// Four digits that count.
  private static func rounded(_ value: Double) -> Double {
    guard value.isFinite, value != 0 else { return 0 }
    let scale = pow(10, 4 - ceil(log10(abs(value))))
    return (value * scale).rounded() / scale
  }

  static func text(_ value: Double) -> String {
    let text = rounded(value).description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

/// Takes figures as they come: each is a line of JSON on standard output at once, and a row of the
/// table that is written to standard error at the end.
final class Report {
  private var figures: [Figure] = []

  func add(_ figure: Figure) {
    figures.append(figure)
    Self.put(figure.json.text() + "\n", to: 1)
  }

  func add(contentsOf figures: [Figure]) {
    for figure in figures { add(figure) }
  }

  /// What is being done, for whoever waits.
  func say(_ line: String) { Self.put(line + "\n", to: 2) }

  func finish() {
    let rows =
      [["BENCH", "CASE", "VALUE", "UNIT", "BAR", "OK", "BASELINE", "BESIDE"]]
      + figures.map(Self.row)
    let widths = rows[0].indices.map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    for row in rows {
      let cells = zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count)
      }
      say(cells.joined(separator: "  "))
    }
  }

  private static func row(_ figure: Figure) -> [String] {
    let bar =
      switch figure.bar {
      case .atMost(let limit)?: "<= " + Figure.text(limit)
      case .atLeast(let limit)?: ">= " + Figure.text(limit)
      case nil: "-"
      }
    return [
      figure.bench, figure.name, Figure.text(figure.value), figure.unit, bar,
      figure.isOK.map { $0 ? "yes" : "NO" } ?? "-",
      figure.baseline.map { "\(Figure.text($0.value)) \($0.what)" } ?? "-",
      figure.beside.map { "\($0.0)=\(Figure.text($0.1))" }.joined(separator: " "),
    ]
  }

  private static func put(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }
}

/// What keeps a figure from being measured.
struct BenchFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
