/// What goes wrong in a simulation. Each is counted when it really happens.
public enum Fault: String, Sendable, CaseIterable {
  /// A read or a question is not answered.
  case readFails
  /// A read brings less than there is.
  case readIsShort
  /// An append or commit fails, and nothing has happened.
  case writeFailsBefore
  /// An append or commit fails, and it has happened all the same.
  case writeFailsAfter
  case logIsFull
  /// The process dies at a call, before or after it took effect.
  case diesBefore
  case diesAfter
  /// The process dies between two turns.
  case dies
  /// A runner takes its process with it.
  case runnerDies
  /// All processes die and what was not synced is gone.
  case powerLoss
  /// Another process takes a partition over; the one before does not know.
  case takeOver
  /// The wall clock jumps.
  case clockForward
  case clockBack
  /// A record that nobody can read, or that says nonsense.
  case poison
  /// `decide` takes its process with it at this record.
  case trap
  /// A client repeats what it has no answer for.
  case repeated
}
