import Automation
import Connectors
import Streams
import Telemetry

/// What is not counted as it happens but looked up when somebody asks for `/metrics`: lag, ages,
/// sizes. None of it asks the database for more than whether it answers.
struct StandingMetrics: Sendable {
  let backlog: Backlog
  let source: any StatusSource
  let ledger: RedriveLedger
  let groups: StatusRoutes.Groups
  let metrics: Metrics

  func refresh() async {
    let system = await source.snapshot()
    set("petrel_log_bytes", "Size of the log's files.", system.logBytes)
    set("petrel_log_segments", "Files of the log, without those beside them.", system.segmentCount)
    set("petrel_free_bytes", "Free space where the data are.", system.freeBytes)
    set("petrel_worker_busy_slots", "Actions that run.", system.running)
    set("petrel_worker_slots", "Actions that may run at a time.", system.slots)
    set(
      "petrel_postgres_up", "1 while the view's database answers.", system.isPostgresReady ? 1 : 0)
    await setBacklog()
    await setProjections(system.projected)
    let letters = "Dead letters in the log."
    if let count = try? await ledger.letterCount() { set("petrel_dead_letters", letters, count) }
  }

  private func set(_ name: String, _ help: String, _ value: Int) {
    metrics.gauge(name, help).set(Double(value))
  }

  private func setBacklog() async {
    let engine = groups.engineInputs.map { (groups.engine, $0) }
    for (group, topic) in engine + [(groups.worker, Topic.work)] {
      guard let lag = try? await backlog.progress(of: group, in: topic).lag else { continue }
      metrics.gauge(
        "petrel_group_lag_records", "Records that a group has not taken.",
        ["group": group, "topic": topic.name]
      ).set(Double(lag))
    }
    for (name, help, group, topic) in [
      (
        "petrel_event_age_seconds", "Age of the oldest event that is not decided.", groups.engine,
        Topic.events
      ),
      (
        "petrel_work_age_seconds", "Age of the oldest execution that waits for a worker.",
        groups.worker, .work
      ),
    ] {
      guard let age = try? await backlog.age(of: group, in: topic) else { continue }
      metrics.gauge(name, help).set(age / .seconds(1))
    }
  }

  /// A projection that has not begun since the start does not say where it is.
  private func setProjections(_ projected: [String: Positions]) async {
    for projection in Projections.all {
      var lag = Double.nan
      let partitions = projection.topics.flatMap(backlog.partitions)
      if let positions = projected[projection.name],
        let count = try? await backlog.lag(partitions, from: positions)
      {
        lag = Double(count)
      }
      metrics.gauge(
        "petrel_projection_lag_records", "Records that a table of the view does not show yet.",
        ["projection": projection.name]
      ).set(lag)
    }
  }
}
