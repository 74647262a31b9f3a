public import JSON

/// The limits that records and steps keep to. Each has a test at it and one past it.
public enum Limits {
  /// Things one step may record: the ordinal has 20 bits.
  public static let ordinals: UInt32 = 1 << 20
  /// Bytes one step may record.
  public static let stepBytesMax = 64 << 20
  /// How many times a fact may follow from a fact within one step and across letters and results:
  /// a rule that triggers itself ends here.
  public static let depthMax = 128
  /// Bytes of a value as it is handed to the log. More is refused.
  public static let valueBytesMax = 16 << 20
  /// Bytes of one record in a log; a longer value is written in chunks. Kafka's default limit of
  /// 1 MiB less room for key and framing.
  public static let recordBytesMax = 900_000
  /// Bytes of a value's text in one chunk, as it is escaped there.
  public static let chunkBytesMax = 800_000
  /// Bytes of all values of one append or commit: several times what a step may record, for a
  /// checkpoint of a large state is one commit too.
  public static let batchBytesMax = 256 << 20
  /// Bytes of a packed record.
  public static let packedBytesMax = 64 << 10
  /// Inputs that one commit takes at most.
  public static let batchInputsMax = 500
  /// Nesting of JSON in what comes from outside.
  public static let nestingMax = 64
  /// What a record may be as JSON: an outside value inside its envelope.
  public static let json = JSONLimits(
    depthMax: nestingMax + 16, bytesMax: valueBytesMax + (1 << 20))
}
