extension SourceFile {
  private static let marks = ["TODO", "FIXME", "XXX", "HACK"]

  /// What is left for later does not land.
  var unfinishedViolations: [Violation] {
    comments.enumerated().compactMap { index, line in
      guard line.utf8.contains(where: { $0 != 0x20 }) else { return nil }
      let words = Word.all(in: line).map { String($0.text) }
      if let mark = words.first(where: Self.marks.contains) {
        return violation(index + 1, "says \(mark); do it, or leave it out")
      }
      guard zip(words, words.dropFirst()).contains(where: Self.isForNow) else { return nil }
      return violation(
        index + 1, "says that something is for the time being; do it well, or say what limits it")
    }
  }

  private static func isForNow(_ one: String, _ other: String) -> Bool {
    one.lowercased() == "for" && other.lowercased() == "now"
  }

  /// A child of a process with threads may call nothing after `fork`.
  var forkViolations: [Violation] {
    callViolations(["fork", "vfork"]) { name in
      "calls \(name), after which a process with threads can do nothing safely; use Processes"
    }
  }

  /// A test that sleeps is slow on a quick machine and fails on a slow one. Only `func until`,
  /// which looks again and again for a fact that no queue tells, may rest between two looks.
  var sleepViolations: [Violation] {
    let resting = functions.filter { $0.name == "func until" }
    return callViolations(["sleep", "usleep", "nanosleep", "clock_nanosleep"]) { name in
      "calls \(name); wait on the fact itself: a queue, a stream, a child's exit, or `until`"
    }.filter { violation in
      !resting.contains { ($0.line..<$0.line + $0.lineCount).contains(violation.line) }
    }
  }

  private func callViolations(
    _ names: Set<String>, _ text: (String) -> String
  ) -> [Violation] {
    words.enumerated().flatMap { index, words in
      words.filter { names.contains(String($0.text)) && $0.rest.first == "(" }
        .map { violation(index + 1, text(String($0.text))) }
    }
  }
}
