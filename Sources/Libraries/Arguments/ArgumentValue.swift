public import Calendar

/// A type whose values can be written on a command line. An enum of strings that is `CaseIterable`
/// needs nothing but the name of this protocol.
public protocol ArgumentValue: Sendable {
  /// Throws `.invalidValue(expected:)`.
  init(argument text: String) throws(ArgumentsError)
  /// Stands for a value in help: `number`.
  static var placeholder: String { get }
  /// All values, where they can be counted: for checks, help and completion.
  static var choices: [String] { get }
  /// How help shows a default.
  var argumentText: String { get }
}

extension ArgumentValue {
  public static var choices: [String] { [] }
  public var argumentText: String { "\(self)" }
}

extension String: ArgumentValue {
  public init(argument text: String) { self = text }
  public static var placeholder: String { "text" }
}

extension Int: ArgumentValue {
  public init(argument text: String) throws(ArgumentsError) {
    guard let number = Int(text) else {
      throw .invalidValue(expected: "a whole number")
    }
    self = number
  }
  public static var placeholder: String { "number" }
}

extension Double: ArgumentValue {
  public init(argument text: String) throws(ArgumentsError) {
    guard let number = Double(text), number.isFinite else {
      throw .invalidValue(expected: "a number")
    }
    self = number
  }
  public static var placeholder: String { "number" }
}

extension Duration: ArgumentValue {
  public init(argument text: String) throws(ArgumentsError) {
    do throws(CalendarError) {
      try self.init(text: text)
    } catch {
      guard case .notADuration(_, let reason) = error else {
        throw .invalidValue(expected: "a duration such as 90s, 2h30m or 1d")
      }
      throw .invalidValue(expected: "a duration such as 90s, 2h30m or 1d (\(reason))")
    }
  }
  public static var placeholder: String { "duration" }
  public var argumentText: String { text }
}

/// A time with offset, a day (its start in UTC), or how long ago.
extension Instant: ArgumentValue {
  public init(argument text: String) throws(ArgumentsError) {
    if let instant = Instant(iso8601: text) ?? Instant(iso8601: text + "T00:00:00Z") {
      self = instant
    } else if let age = try? Duration(text: text) {
      self = Instant.now() - age
    } else {
      throw .invalidValue(
        expected: "a time such as 2026-11-25T01:03:44+01:00, 2026-11-25 or, for how long ago, 2h")
    }
  }
  public static var placeholder: String { "time" }
  public var argumentText: String { iso8601 }
}

extension ArgumentValue where Self: RawRepresentable, Self: CaseIterable, RawValue == String {
  public init(argument text: String) throws(ArgumentsError) {
    guard let value = Self(rawValue: text) else {
      let expected = Self.choices.joined(separator: ", ")
      throw .invalidValue(expected: "one of \(expected)")
    }
    self = value
  }
  public static var placeholder: String { choices.joined(separator: "|") }
  public static var choices: [String] { allCases.map(\.rawValue) }
  public var argumentText: String { rawValue }
}
