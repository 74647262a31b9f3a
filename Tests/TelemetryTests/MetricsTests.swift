import Testing
import Threads

@testable import Telemetry

@Suite struct MetricsTests {
  @Test func allKindsAreExposed() {
    let metrics = Metrics()
    metrics.counter("petrel_events_total", "Events taken in.", ["source": "webhook"]).add(3)
    metrics.counter("petrel_events_total", "Events taken in.", ["source": "syslog"]).add()
    let gauge = metrics.gauge("petrel_lag_seconds", "How far a cursor is behind.")
    gauge.set(1.5)
    gauge.add(-0.25)
    metrics.gauge("petrel_backlog", "Waiting.", read: { 12 })
    let histogram = metrics.histogram(
      "petrel_step_seconds", "Time of a step.", ["lane": "7"], bounds: [0.1, 1])
    histogram.observe(0.1)
    histogram.observe(.milliseconds(500))
    histogram.observe(2)
    #expect(
      metrics.exposition() == """
        # HELP petrel_backlog Waiting.
        # TYPE petrel_backlog gauge
        petrel_backlog 12
        # HELP petrel_events_total Events taken in.
        # TYPE petrel_events_total counter
        petrel_events_total{source="webhook"} 3
        petrel_events_total{source="syslog"} 1
        # HELP petrel_lag_seconds How far a cursor is behind.
        # TYPE petrel_lag_seconds gauge
        petrel_lag_seconds 1.25
        # HELP petrel_step_seconds Time of a step.
        # TYPE petrel_step_seconds histogram
        petrel_step_seconds_bucket{lane="7",le="0.1"} 1
        petrel_step_seconds_bucket{lane="7",le="1"} 2
        petrel_step_seconds_bucket{lane="7",le="+Inf"} 3
        petrel_step_seconds_sum{lane="7"} 2.6
        petrel_step_seconds_count{lane="7"} 3

        """)
  }

  @Test(
    arguments: [
      (#"a\b"#, #"a\\b"#), ("a\"b", #"a\"b"#), ("a\nb", #"a\nb"#), ("é}{,", "é}{,"), ("", ""),
    ])
  func labelsAreEscaped(given value: String, then escaped: String) {
    let metrics = Metrics()
    metrics.counter("c_total", "A\\B\n\"C\"", ["k": value]).add(2)
    #expect(
      metrics.exposition()
        == "# HELP c_total A\\\\B\\n\"C\"\n# TYPE c_total counter\nc_total{k=\"\(escaped)\"} 2\n")
  }

  @Test(
    arguments: [
      (0, "0"), (-1.5, "-1.5"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
      (1e300, "1e+300"),
    ] as [(Double, String)])
  func numbersAreWritten(given number: Double, then text: String) {
    #expect(Exposition.number(number) == text)
  }

  @Test func theSameNameAndLabelsGiveTheSameSeries() {
    let metrics = Metrics()
    let one = metrics.counter("c_total", "C", ["a": "1"])
    #expect(metrics.counter("c_total", "C", ["a": "1"]) === one)
    #expect(metrics.counter("c_total", "C", ["a": "2"]) !== one)
  }

  @Test func aFamilyHasAMaximum() {
    let metrics = Metrics()
    for number in 0..<Metrics.seriesMax {
      metrics.counter("c_total", "C", ["host": "\(number)"]).add()
    }
    #expect(!metrics.exposition().contains("other"))
    metrics.counter("c_total", "C", ["host": "one more"]).add()
    metrics.counter("c_total", "C", ["host": "and another"]).add()
    metrics.counter("c_total", "C", ["host": "7"]).add()
    let lines = metrics.exposition().split(separator: "\n")
    #expect(lines.count == 2 + Metrics.seriesMax + 1)
    #expect(lines.last == #"c_total{host="other"} 2"#)
    #expect(lines.contains(#"c_total{host="7"} 2"#))
  }

  @Test(
    arguments: [
      ("a", true, true), ("_a1", true, true), ("a:b", true, false), ("le", true, false),
      ("__a", true, false), ("1a", false, false), ("", false, false), ("a-b", false, false),
      ("é", false, false), ("a b", false, false),
    ])
  func namesAreChecked(given name: String, thenName isName: Bool, thenLabel isLabel: Bool) {
    #expect(Exposition.isName(name) == isName)
    #expect(Exposition.isLabel(name) == isLabel)
  }

  @Test func nothingIsLostAmongThreads() throws {
    let metrics = Metrics()
    let counter = metrics.counter("c_total", "C")
    let gauge = metrics.gauge("g", "G")
    let histogram = metrics.histogram("h", "H", bounds: [1])
    let threads = try (0..<4).map { _ in
      try Thread.start(named: "metrics") {
        for number in 0..<1_000 {
          counter.add()
          gauge.add(1)
          histogram.observe(Double(number % 2) * 2)
        }
      }
    }
    for thread in threads { thread.join() }
    #expect(counter.value == 4_000)
    #expect(gauge.value == 4_000)
    #expect(histogram.snapshot().counts == [2_000, 2_000])
    #expect(histogram.snapshot().sum == 4_000)
  }
}
