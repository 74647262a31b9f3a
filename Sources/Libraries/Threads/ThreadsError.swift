/// What can go wrong here, named by what the caller does about it.
public enum ThreadsError: Error, Equatable {
  /// The waiting task was cancelled; nothing was sent or received. Unwind.
  case cancelled
  /// The queue takes nothing more. Stop sending.
  case closed
  /// The system gave no thread (`errno`): too many, or no memory for its stack. Give up the start.
  case noThread(code: Int32)
}
