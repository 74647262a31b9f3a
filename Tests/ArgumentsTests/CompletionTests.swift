import Testing

@testable import Arguments

@Suite struct CompletionTests {
  /// Words are separated by spaces here; a line that ends with one has an empty last word.
  private func candidates(_ line: String) async -> [String] {
    let screen = Screen()
    let words = line.components(of: " ")
    #expect(await program(screen).main(["__complete"] + words, console: screen.console) == 0)
    return screen.output.split(separator: "\n").map { line in
      String(line.prefix { $0 != "\t" })
    }
  }

  @Test(
    arguments: [
      ("", ["completion", "fail", "pack", "run"]), ("p", ["pack"]), ("x", []),
      ("pack ", ["install"]), ("--data x pa", ["pack"]), ("--json pack i", ["install"]),
      ("--", ["--data", "--help", "--json", "--server"]), ("run --t", ["--timeout"]),
      (
        "run -",
        [
          "--async", "--count", "--data", "--form", "--help", "--json", "--label", "--server",
          "--timeout", "--user", "--verbose",
        ]
      ),
      ("run --form ", ["json", "table", "yaml"]), ("run --form j", ["json"]),
      ("run -f y", ["yaml"]),
      ("run --form=j", ["--form=json"]), ("run --form =", ["json", "table", "yaml"]),
      ("run --form = t", ["table"]), ("run --user ", []), ("run -- --", []), ("run a ", []),
      ("completion ", ["bash", "fish", "zsh"]), ("completion z", ["zsh"]),
    ])
  func wordsAreCompleted(given line: String, then expected: [String]) async {
    #expect(await candidates(line) == expected)
  }

  @Test func choicesOfAnArgumentAreOffered() async {
    let screen = Screen()
    let root = Command("show", "Shows") { c in
      _ = c.argument("form", Form.self, "Which")
      return { _ in }
    }
    #expect(await root.main(["__complete", "y"], console: screen.console) == 0)
    #expect(screen.output == "yaml\n")
  }

  @Test func candidatesSayWhatTheyAre() async {
    let screen = Screen()
    _ = await program(screen).main(["__complete", "pa"], console: screen.console)
    #expect(screen.output == "pack\tWork with packs\n")
  }

  @Test(
    arguments: [
      ("bash", "complete -o bashdefault -o default -F _petrel petrel"),
      ("zsh", "#compdef petrel"), ("fish", "complete -c petrel "),
    ])
  func aScriptIsPrinted(given shell: String, then part: String) async {
    let screen = Screen()
    #expect(
      await program(screen).main(["completion", shell], console: screen.console) == 0)
    #expect(screen.output.contains(part))
    #expect(screen.output.contains("__complete"))
  }

  @Test func anUnknownShellIsRefused() async {
    let screen = Screen()
    #expect(await program(screen).main(["completion", "csh"], console: screen.console) == 64)
    #expect(
      screen.error
        == "error: completion: expected one of bash, zsh, fish, found 'csh'\nsee: petrel --help\n")
  }
}
