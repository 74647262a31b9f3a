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
    var leases = WorkerLeases()
  }

  public typealias Fact = ExecutionFact

  public static let name = "executions"
  public static let inputs: [Topic] = [.decisions, .commands, .results, .ticks]
  public static let output = Topic.executions
  /// How often work is handed out again after a worker was lost.
  public static let attemptsMax = 5
  /// Delays that one tick ends, and those of the same instant; the next tick follows at once.
  static let wokenMax = 100

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
    case .scheduled(let id, let attempt, let mayRepeat):
      state.settle(id.description)
      state.open.update(id.description) {
        $0.status = .scheduled
        $0.attempt = attempt
        $0.mayRepeat = mayRepeat
        $0.delayedUntil = nil
        $0.worker = nil
        $0.startedAt = nil
      }
    case .suspected(let worker): state.leases.suspect(worker, at: recorded.time)
    case .started(let id, _, let worker):
      state.leases.begin(id.description, by: worker, at: recorded.time)
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
    let delay = state.delays.earliest
    guard !state.leases.isEmpty else { return delay }
    let lease = state.leases.earliestDeadline(tables[WorkersTable.self])
    guard let lease, let delay else { return lease ?? delay }
    return min(lease, delay)
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
      let report = try WorkerReport(type: type, data: data)
      return take(report, at: input.time, state, content, &step)
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
    let work = Work(
      execution: id, attempt: attempt, action: action, parameters: parameters,
      request: request)
    guard work.fitsRecord else {
      return fail("The rendered parameters are larger than \(Limits.valueBytesMax) bytes.")
    }
    step.append(
      .scheduled(execution: id, attempt: attempt, mayRepeat: action.isIdempotent))
    step.queue(work, on: .work)
  }

  /// An attempt that came to nothing: another one where the action may be repeated, else the end.
  private func repeatOrEnd(
    _ id: Identifier, _ execution: OpenExecution, _ result: JSONValue, at time: Instant,
    _ content: Content, _ step: inout Step<ExecutionFact>
  ) {
    if execution.mayRepeat, execution.attempt < Self.attemptsMax, execution.status == .running {
      schedule(id, execution, at: time, content, &step)
    } else {
      end(id, execution, .abandoned, result, content, &step)
    }
  }

  private func take(
    _ report: WorkerReport, at time: Instant, _ state: State, _ content: Content,
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
      if outcome.status == .abandoned {
        repeatOrEnd(id, execution, outcome.result, at: time, content, &step)
      } else {
        end(id, execution, outcome.status, outcome.result, content, &step)
      }
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
    let due = state.delays.due(at: time)
    let last = due.prefix(Self.wokenMax).last.flatMap { state.delays[$0] }
    for name in due.prefix(while: { state.delays[$0]! <= last! }) {
      guard let id = Identifier(name), let execution = state.open[name] else { continue }
      schedule(id, execution, at: time, content, &step)
    }
    let (suspects, lost) = state.leases.due(at: time, workers)
    for worker in suspects { step.append(.suspected(worker)) }
    for (name, worker) in lost {
      guard let id = Identifier(name), let execution = state.open[name] else { continue }
      let reason = """
        The worker \(worker.worker) was lost while it ran this; whether it took effect is not \
        known.
        """
      repeatOrEnd(id, execution, ["error": .string(reason)], at: time, content, &step)
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
    state.leases.save(scope, into: &writer)
  }

  public func restore(
    _ entity: String, _ value: JSONView?, into state: inout State
  ) throws(RecordError) {
    if entity.hasPrefix(WorkerLeases.entityPrefix) {
      return try state.leases.restore(entity, value)
    }
    state.settle(entity)
    guard let value else { return state.open.restore(entity, nil) }
    let execution = try OpenExecution(value)
    state.open.restore(entity, execution)
    state.delays[entity] = execution.delayedUntil
    if let worker = execution.worker, let startedAt = execution.startedAt {
      state.leases.begin(entity, by: worker, at: startedAt)
    }
  }
}

extension ExecutionProcessor.State {
  /// It waits for nothing and nobody runs it any more.
  fileprivate mutating func settle(_ name: String) {
    delays[name] = nil
    leases.end(name)
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
