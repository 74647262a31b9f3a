import Arguments
import Automation

/// `petrel conform`: answers conformance cases by the code that production runs.
struct ConformCommand: Sendable {
  let program: Program

  var command: Arguments.Command {
    Arguments.Command(
      "conform", "Answer conformance cases on standard input, one JSON object a line",
      details: """
        Writes {"id": ..., "actual": ...} for each case.
        Kinds: \(Conformance.kinds.joined(separator: ", ")).
          petrel conform --kind operators < cases.jsonl
        """
    ) { signature in
      let kind = signature.required("kind", "k", String.self, "Which cases these are")
      return { values in
        guard Conformance.kinds.contains(values[kind]) else {
          throw ArgumentsError.usage(
            "there are no cases of kind '\(values[kind])'; there are "
              + Conformance.kinds.joined(separator: ", "))
        }
        while let line = readLine(strippingNewline: true) {
          guard let answer = Conformance.answer(kind: values[kind], line: line) else { continue }
          try program.surroundings.output.line(answer)
        }
      }
    }
  }
}
