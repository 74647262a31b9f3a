import Arguments
import Glibc

/// The process: the main thread waits for signals, a task runs the command that the words name.
@main
struct Main {
  /// How long a cancelled command may take to end.
  private static let graceSeconds: UInt32 = 2

  static func main() {
    signal(SIGPIPE, SIG_IGN)
    // Before any thread exists, so that all of them inherit it.
    var set = StopSignals.set()
    sigaddset(&set, SIGALRM)
    pthread_sigmask(SIG_BLOCK, &set, nil)
    let signals = StopSignals()
    let words = Array(CommandLine.arguments.dropFirst())
    // Detached: the main actor's thread waits for signals and runs no tasks.
    let task = Task.detached {
      let program = Program(Surroundings.ofProcess(), .wired)
      let command = program.command(server: program.serverCommands(signals))
      let code = await command.main(words, console: console(signals))
      exit(isCancelled(signals) ? 128 + (signals.received ?? 0) : code)
    }
    waitForSignals(set, signals) { task.cancel() }
  }

  /// A command that a signal cancelled has nothing to say about it.
  private static func console(_ signals: StopSignals) -> Command.Console {
    Command.Console(
      output: { text in try? Channel(descriptor: 1, variables: [:]).put(text) },
      error: { text in
        if !isCancelled(signals) { try? Channel(descriptor: 2, variables: [:]).put(text) }
      })
  }

  private static func isCancelled(_ signals: StopSignals) -> Bool {
    signals.received != nil && !signals.isClaimed
  }

  private static func waitForSignals(
    _ set: sigset_t, _ signals: StopSignals, cancel: () -> Void
  ) -> Never {
    var set = set
    while true {
      var number: Int32 = 0
      guard sigwait(&set, &number) == 0 else { continue }
      switch signals.receive(number) {
      case .isTaken: break
      case .endsProcess: _exit(128 + number)
      case .cancelsCommand:
        cancel()
        var later: Int32 = 0
        alarm(graceSeconds)
        sigwait(&set, &later)
        _exit(128 + number)
      }
    }
  }
}
