/// What every log promises, as cases that know no kind of log: the log in memory, the embedded one
/// and Kafka all run these very cases. A case throws a `ContractBreach` that says what was expected
/// and what was found.
public enum EventLogContract {
  public static let all: [ContractCase] = [
    order, commits, fencing, durability, reopening, time, sizes, chunks, packing, reading, waiting,
    trimming, concurrency,
  ].flatMap { $0 }
}

/// One promise.
public struct ContractCase: Sendable, CustomStringConvertible {
  public let name: String
  private let body: @Sendable (any LogSubject) async throws -> Void

  init(_ name: String, _ body: @escaping @Sendable (any LogSubject) async throws -> Void) {
    self.name = name
    self.body = body
  }

  public var description: String { name }

  /// Runs the case on a subject made for it alone, and closes that.
  public func run(_ subject: any LogSubject) async throws {
    do {
      try await body(subject)
    } catch {
      await subject.close()
      throw error
    }
    await subject.close()
  }
}

/// A promise that was not kept.
public struct ContractBreach: Error, CustomStringConvertible {
  public let description: String
}
