/// What one evaluation may use. Everything is counted, never timed, so that a replay gives the same
/// answer. At a limit the work goes on; one past it ends with `ExpressionError.limitReached`.
public struct EvaluationLimits: Hashable, Sendable {
  /// Operations, elements looked at and loop turns.
  public var stepsMax: Int
  /// Bytes of UTF-8 in any text that an expression makes, the rendered text included.
  public var outputBytesMax: Int
  /// Nested expressions in a text and nested values in an answer.
  public var depthMax: Int
  /// PCRE2's match limit for one search.
  public var matchStepsMax: Int

  public init(
    stepsMax: Int = 100_000, outputBytesMax: Int = 1 << 20, depthMax: Int = 100,
    matchStepsMax: Int = 1_000_000
  ) {
    self.stepsMax = stepsMax
    self.outputBytesMax = outputBytesMax
    self.depthMax = depthMax
    self.matchStepsMax = matchStepsMax
  }

  public static let standard = EvaluationLimits()
}

/// What one evaluation has used so far.
struct Budget {
  let limits: EvaluationLimits
  private(set) var steps = 0

  init(_ limits: EvaluationLimits) { self.limits = limits }

  mutating func spend(_ count: Int = 1) throws(ExpressionError) {
    let (sum, isOver) = steps.addingReportingOverflow(count)
    steps = isOver ? .max : sum
    if steps > limits.stepsMax {
      throw .limitReached(.init("more than \(limits.stepsMax) steps"))
    }
  }

  func checkOutput(bytes: Int) throws(ExpressionError) {
    if bytes > limits.outputBytesMax {
      throw .limitReached(.init("a text of more than \(limits.outputBytesMax) bytes"))
    }
  }

  func checkDepth(_ depth: Int) throws(ExpressionError) {
    if depth > limits.depthMax {
      throw .limitReached(.init("nested more than \(limits.depthMax) deep"))
    }
  }
}
