public import JSON

/// An execution's parameters after defaults, templates and casts: those of the runner and those of
/// the action.
public struct RenderedParameters: Sendable, Equatable {
  public var runner: JSONObject
  public var action: JSONObject

  public init(runner: JSONObject, action: JSONObject) {
    self.runner = runner
    self.action = action
  }
}
