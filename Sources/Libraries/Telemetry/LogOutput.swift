import Glibc
import Synchronization

/// Where log lines go, in which form, and from which level on. Loggers share it, so a change of the
/// level reaches all of them at once. Each line is one write(2): lines up to 4096 bytes stay whole
/// on a pipe that several processes write to. A line that cannot be written (the reader is gone, or
/// too slow for a descriptor that does not block) is counted and dropped: the log never stops the
/// program.
public final class LogOutput: Sendable {
  public enum Form: String, Sendable, CaseIterable {
    /// One JSON object a line: `time`, `level`, `message`, then the fields.
    case json
    /// For people: time, level, message, `key=value`.
    case text
  }

  public let form: Form
  let isColoured: Bool
  private let descriptor: Int32
  private let minimum: Atomic<UInt8>
  private let dropped = Atomic<Int>(0)

  /// - Parameters: - descriptor: stays open; 2 is the standard error. - isColoured: whether the
  ///   text form colours levels; nil: if the descriptor is a terminal and `NO_COLOR` is not set.
  public init(
    descriptor: Int32 = 2, form: Form = .json, level: Level = .info, isColoured: Bool? = nil
  ) {
    self.descriptor = descriptor
    self.form = form
    minimum = Atomic(level.rank)
    self.isColoured = isColoured ?? (isatty(descriptor) == 1 && getenv("NO_COLOR") == nil)
  }

  /// The level from which on lines are written.
  public var level: Level {
    get {
      let rank = minimum.load(ordering: .relaxed)
      return Level.allCases.first { $0.rank == rank } ?? .info
    }
    set { minimum.store(newValue.rank, ordering: .relaxed) }
  }

  /// How many lines could not be written so far.
  public var droppedLines: Int { dropped.load(ordering: .relaxed) }

  @inline(__always)
  func takes(_ level: Level) -> Bool { level.rank >= minimum.load(ordering: .relaxed) }

  func write(_ line: [UInt8]) {
    var sent = 0
    while sent < line.count {
      let count = line.withUnsafeBytes { bytes in
        Glibc.write(descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent)
      }
      if count < 0, errno == EINTR { continue }
      if count < 0 {
        dropped.add(1, ordering: .relaxed)
        return
      }
      sent += count
    }
  }
}
