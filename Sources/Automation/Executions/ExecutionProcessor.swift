public import Calendar
public import JSON
public import Streams

/// Carries executions from their request to their end: renders parameters, hands work to the
/// workers, takes their reports, and ends what a lost worker leaves behind.
///
/// Reads fired `decisions` of its chain, `commands`, `results` and ticks; records `executions` and
/// queues `work`.
public struct ExecutionProcessor: Processor {
  public struct State: Sendable {
    /// By id.
    var open = Entities<OpenExecution>()
    var delays = DeadlineIndex()
    /// What each worker runs, and since when.
    var running: [WorkerName: [String: Instant]] = [:]
  }

  public typealias Fact = ExecutionFact

  public static let name = "executions"
  public static let inputs: [Topic] = [.decisions, .commands, .results, .ticks]
  public static let output = Topic.executions
  /// How long a worker may be silent before what it runs is lost.
  public static let lease = Duration.seconds(30)
  /// How often work is handed out again after a worker was lost.
  public static let attemptsMax = 5

  public let initialState = State()

  public init() {}

  // MARK: - evolve

  public func evolve(_ state: inout State, _ recorded: Recorded<ExecutionFact>) {
    switch recorded.fact {
    case .requested(let request):
      state.open[recorded.id.description] = OpenExecution(request, at: recorded.time)
    case .delayed(let id, let until):
      state.delays[id.description] = until
      state.open.update(id.description) {
        $0.status = .delayed
        $0.delayedUntil = until
      }
    case .scheduled(let id, let attempt):
      state.settle(id.description)
      state.open.update(id.description) {
        $0.status = .scheduled
        $0.attempt = attempt
        $0.delayedUntil = nil
      }
    case .started(let id, _, let worker):
      state.running[worker, default: [:]][id.description] = recorded.time
      state.open.update(id.description) {
        $0.status = .running
        $0.worker = worker
        $0.startedAt = recorded.time
      }
    case .cancelAsked(let id, _):
      state.open.update(id.description) { $0.status = .canceling }
    case .ended(let end):
      state.settle(end.execution.description)
      state.open[end.execution.description] = nil
    case .lateResult: break
    }
  }

  public func earliestDeadline(_ state: State, _ tables: Tables) -> Instant? {
    var earliest = state.delays.earliest
    guard !state.running.isEmpty else { return earliest }
    let workers = tables[WorkersTable.self]
    for (worker, starts) in state.running {
      guard let start = starts.values.min() else { continue }
      let end = workers.leaseEnd(of: worker, from: start, lease: Self.lease)
      earliest = min(earliest ?? end, end)
    }
    return earliest
  }

  // MARK: - decide

  public func decide(
    _ input: Input, _ state: State, _ tables: Tables, into step: inout Step<ExecutionFact>
  ) {
    let content = tables[ContentTable.self].content
    switch input.content {
    case .fact(let fact):
      guard case .made(let decision)? = fact as? DecisionFact, decision.outcome == .fired,
        let request = ExecutionRequest(decision, id: input.identifier, content)
      else { return }
      open(request, at: input.time, content, &step)
    case .record(let record):
      do {
        try obey(record, input, state, content, &step)
      } catch {
        step.deadLetter(error.text)
      }
    case .tick:
      wake(at: input.time, state, content, tables[WorkersTable.self], &step)
    case .letter: return
    }
  }

  private func obey(
    _ record: JSONView, _ input: Input, _ state: State, _ content: Content,
    _ step: inout Step<ExecutionFact>
  ) throws(RecordError) {
    guard let data = record["data"] else { throw RecordError("attribute data is missing") }
    let type = record["type"]?.stringValue ?? ""
    if input.topic == .results {
      return report(try WorkerReport(type: type, data: data), state, content, &step)
    }
    switch try Command(type: type, data: data) {
    case .run(let run):
      var request = ExecutionRequest(
        action: run.action, parameters: run.parameters, user: run.user, context: run.context)
      request.delayMs = run.delayMs
      open(request, at: input.time, content, &step)
    case .cancel(let id, let user):
      cancel(id, by: user, state, content, &step)
    }
  }

  private func open(
    _ request: ExecutionRequest, at time: Instant, _ content: Content,
    _ step: inout Step<ExecutionFact>
  ) {
    let id = step.append(.requested(request))
    let execution = OpenExecution(request, at: time)
    guard content.actions[request.action]?.isEnabled ?? true, request.delayMs > 0 else {
      return schedule(id, execution, at: time, content, &step)
    }
    step.append(.delayed(execution: id, until: time + .milliseconds(request.delayMs)))
  }

  /// Hands an execution to the workers, or ends it when that cannot be.
  private func schedule(
    _ id: Identifier, _ execution: OpenExecution, at time: Instant, _ content: Content,
    _ step: inout Step<ExecutionFact>
  ) {
    let request = execution.request
    func fail(_ reason: String) {
      end(id, execution, .failed, ["error": .string(reason)], content, &step)
    }
    guard let action = content.actions[request.action] else {
      return fail("There is no action '\(request.action)'.")
    }
    guard action.isEnabled else { return fail("The action '\(action.ref)' is disabled.") }
    let parameters: RenderedParameters
    do {
      parameters = try Parameters(action).render(request, executionID: id, at: time)
    } catch {
      return fail(error.text)
    }
    let attempt = execution.attempt + 1
    step.append(.scheduled(execution: id, attempt: attempt))
    step.queue(
      Work(
        execution: id, attempt: attempt, action: action, parameters: parameters,
        request: request), on: .work)
  }

  private func report(
    _ report: WorkerReport, _ state: State, _ content: Content,
    _ step: inout Step<ExecutionFact>
  ) {
    let id = report.execution
    let execution = state.open[id.description]
    switch report {
    case .started(_, let attempt, let worker):
      guard let execution, execution.attempt == attempt, execution.status.mayBecome(.running)
      else { return }
      step.append(.started(execution: id, attempt: attempt, by: worker))
    case .finished(_, let attempt, let worker, let outcome):
      guard let execution, execution.attempt == attempt, execution.worker == worker,
        execution.status.mayBecome(outcome.status)
      else {
        step.append(.lateResult(execution: id, status: outcome.status))
        return
      }
      end(id, execution, outcome.status, outcome.result, content, &step)
    }
  }

  private func cancel(
    _ id: Identifier, by user: String, _ state: State, _ content: Content,
    _ step: inout Step<ExecutionFact>
  ) {
    guard let execution = state.open[id.description] else { return }
    if execution.status == .running {
      step.append(.cancelAsked(execution: id, user: user))
    } else if execution.status.mayBecome(.canceled), execution.status != .canceling {
      let result: JSONValue = [
        "message": .string("Action canceled by user."), "user": .string(user),
      ]
      end(id, execution, .canceled, result, content, &step)
    }
  }

  /// What has waited long enough is scheduled; what a lost worker ran is ended, or scheduled again
  /// where the action may be.
  private func wake(
    at time: Instant, _ state: State, _ content: Content, _ workers: WorkersTable,
    _ step: inout Step<ExecutionFact>
  ) {
    for name in state.delays.due(at: time) {
      guard let id = Identifier(name), let execution = state.open[name] else { continue }
      schedule(id, execution, at: time, content, &step)
    }
    let lost = state.running.flatMap { worker, starts in
      starts.filter {
        workers.leaseEnd(of: worker, from: $0.value, lease: Self.lease) <= time
      }.map { (name: $0.key, worker: worker) }
    }
    for (name, worker) in lost.sorted(by: { $0.name < $1.name }) {
      guard let id = Identifier(name), let execution = state.open[name] else { continue }
      let mayRepeat =
        content.actions[execution.request.action]?.isIdempotent ?? false
        && execution.attempt < Self.attemptsMax && execution.status == .running
      if mayRepeat {
        schedule(id, execution, at: time, content, &step)
      } else {
        let reason = """
          The worker \(worker.worker) was lost while it ran this; whether it took effect is not \
          known.
          """
        end(id, execution, .abandoned, ["error": .string(reason)], content, &step)
      }
    }
  }

  private func end(
    _ id: Identifier, _ execution: OpenExecution, _ status: ExecutionStatus,
    _ result: JSONValue, _ content: Content, _ step: inout Step<ExecutionFact>
  ) {
    let request = execution.request
    let summary = ExecutionEnd.Summary(
      action: request.action, runner: content.actions[request.action]?.runner ?? "",
      parameters: Sealed.masked(request.parameters), requestedAt: execution.requestedAt,
      traceTag: request.traceTag)
    step.append(
      .ended(
        ExecutionEnd(execution: id, status: status, result: result, summary: summary)))
  }

  // MARK: - checkpoints

  public func save(
    _ state: inout State, _ scope: CheckpointScope, into writer: inout CheckpointWriter
  ) {
    state.open.save(scope, prefix: "", into: &writer) { $0.write(into: &$1) }
  }

  public func restore(
    _ entity: String, _ value: JSONView?, into state: inout State
  ) throws(RecordError) {
    state.settle(entity)
    guard let value else { return state.open.restore(entity, nil) }
    let execution = try OpenExecution(value)
    state.open.restore(entity, execution)
    state.delays[entity] = execution.delayedUntil
    if let worker = execution.worker, let startedAt = execution.startedAt {
      state.running[worker, default: [:]][entity] = startedAt
    }
  }
}

extension ExecutionProcessor.State {
  /// It waits for nothing and nobody runs it any more.
  fileprivate mutating func settle(_ name: String) {
    delays[name] = nil
    for worker in running.keys {
      guard running[worker]!.removeValue(forKey: name) != nil else { continue }
      if running[worker]!.isEmpty { running[worker] = nil }
    }
  }
}

extension ExecutionRequest {
  /// What a fired decision asks for.
  init?(_ decision: Decision, id: Identifier?, _ content: Content) {
    guard let action = decision.action else { return nil }
    let rule = content.rules[decision.rule]
    self.init(
      action: action, parameters: decision.parameters, user: "stanley",
      context: [
        "user": "stanley",
        "pack": .string(String(action.prefix { $0 != "." })),
        "rule": ["ref": .string(decision.rule), "name": .string(rule?.name ?? decision.rule)],
        "trigger_instance": ["id": .string(decision.trigger.description)],
      ])
    self.rule = decision.rule
    self.decision = id
    triggerInstance = decision.trigger
    traceTag = decision.traceTag
  }
}
