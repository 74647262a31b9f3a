/// Every projection of the product. A new one is one file and one line here.
public enum Projections {
  public static let all: [any Projection] = [
    TriggerInstanceProjection(), DecisionProjection(), ExecutionProjection(), OutputProjection(),
    ContentProjection(), DeadLetterProjection(),
  ]
}
