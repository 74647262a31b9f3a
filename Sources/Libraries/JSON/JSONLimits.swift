/// How large and how deep a text may be. A text at a limit is taken, one past it is refused.
public struct JSONLimits: Sendable, Hashable {
  /// No setting takes nesting further than this: values are copied and freed by recursion.
  public static let depthCeiling = 1024

  /// Containers around a value: `1`, `[]` and `{}` have depth 0, `[1]` and `[[]]` depth 1.
  public let depthMax: Int
  public let bytesMax: Int

  public init(depthMax: Int = 64, bytesMax: Int = 1 << 20) {
    self.depthMax = min(max(depthMax, 0), Self.depthCeiling)
    self.bytesMax = max(bytesMax, 0)
  }
}
