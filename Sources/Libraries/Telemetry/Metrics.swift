import Threads

/// All counters, gauges and histograms of a program, and their text for Prometheus. Hot code keeps
/// the `Counter` itself; only registering and `/metrics` walk this. Asking again for the same name
/// and labels gives the same series. A family has at most `seriesMax` series: what is asked for
/// beyond that shares one series whose label values are all `other`, so labels from outside cannot
/// fill the memory. A malformed name, or one name with two types, is a mistake in the program and
/// traps.
public final class Metrics: Sendable {
  public static let seriesMax = 1_000
  /// The Content-Type of `exposition`.
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private let families = Locked<[String: Family]>([:])

  public init() {}

  /// A number that only grows; by custom its name ends in `_total`.
  public func counter(
    _ name: String, _ help: String, _ labels: KeyValuePairs<String, String> = [:]
  ) -> Counter {
    let series = series(Title(name, help, .counter), labels) { .counter(Counter()) }
    guard case .counter(let counter) = series else { preconditionFailure("\(name): not a counter") }
    return counter
  }

  /// A number that goes up and down.
  public func gauge(
    _ name: String, _ help: String, _ labels: KeyValuePairs<String, String> = [:]
  ) -> Gauge {
    let series = series(Title(name, help, .gauge), labels) { .gauge(Gauge()) }
    guard case .gauge(let gauge) = series else {
      preconditionFailure("\(name): not a stored gauge")
    }
    return gauge
  }

  /// A number that is read when somebody asks. The closure must be quick and must not register
  /// anything; the first one for a name and labels stays.
  public func gauge(
    _ name: String, _ help: String, _ labels: KeyValuePairs<String, String> = [:],
    read: @escaping @Sendable () -> Double
  ) {
    _ = series(Title(name, help, .gauge), labels) { .reading(read) }
  }

  /// How observed numbers are spread over buckets. All series of a name have the first one's
  /// bounds.
  /// - Parameter bounds: upper ends, ascending; the last bucket, without an end, is added.
  public func histogram(
    _ name: String, _ help: String, _ labels: KeyValuePairs<String, String> = [:],
    bounds: [Double] = Histogram.secondsBounds
  ) -> Histogram {
    let series = series(Title(name, help, .histogram), labels) { .histogram(Histogram(bounds)) }
    guard case .histogram(let histogram) = series else {
      preconditionFailure("\(name): not a histogram")
    }
    return histogram
  }

  /// Everything in Prometheus' text format 0.0.4, families by name, series in order of
  /// registration.
  public func exposition() -> String {
    let families = families.withLock { $0 }
    var text = ""
    for (name, family) in families.sorted(by: { $0.key < $1.key }) {
      text += "# HELP \(name) \(Exposition.escaped(help: family.help))\n"
      text += "# TYPE \(name) \(family.kind.rawValue)\n"
      for labels in family.order {
        guard let series = family.series[labels] else { continue }
        Exposition.write(series, name, labels, into: &text)
      }
    }
    return text
  }

  enum Kind: String, Sendable { case counter, gauge, histogram }

  enum Series: Sendable {
    case counter(Counter)
    case gauge(Gauge)
    case reading(@Sendable () -> Double)
    case histogram(Histogram)
  }

  private struct Title {
    let name: String
    let help: String
    let kind: Kind

    init(_ name: String, _ help: String, _ kind: Kind) {
      self.name = name
      self.help = help
      self.kind = kind
    }
  }

  private struct Family {
    let help: String
    let kind: Kind
    var series: [String: Series] = [:]
    var order: [String] = []
  }

  private func series(
    _ title: Title, _ labels: KeyValuePairs<String, String>, _ make: () -> Series
  ) -> Series {
    precondition(Exposition.isName(title.name), "'\(title.name)' is no name of a metric")
    for (label, _) in labels {
      precondition(Exposition.isLabel(label), "'\(label)' is no name of a label")
    }
    let text = Exposition.text(of: labels)
    return families.withLock { families in
      var family = families[title.name] ?? Family(help: title.help, kind: title.kind)
      precondition(family.kind == title.kind, "\(title.name) is registered as \(family.kind)")
      let isFull = family.series.count >= Metrics.seriesMax && family.series[text] == nil
      let key = isFull ? Exposition.text(of: labels, value: "other") : text
      if let series = family.series[key] { return series }
      let series = make()
      family.series[key] = series
      family.order.append(key)
      families[title.name] = family
      return series
    }
  }
}
