import Testing

@testable import Arguments

@Suite struct HelpTests {
  private func help(_ line: String) async -> String {
    let screen = Screen()
    #expect(await program(screen).main(typed(line), console: screen.console) == 0)
    #expect(screen.error == "")
    return screen.output
  }

  @Test(arguments: ["--help", "-h", "help", "--data x --help"])
  func theRootShowsItsCommands(given line: String) async {
    #expect(
      await help(line) == """
        Event-driven automation

        Usage: petrel [options] <command>

        Commands:
          run   Run an action and wait for its result
          pack  Work with packs
          fail  End badly

        Options:
          -h, --help           Show this help
              --version        Show the version

        Shared options:
          -d, --data <text>    Folder of the engine (default: ./data)
              --server <text>  Address of a running engine
              --json           Print JSON

        """)
  }

  @Test(arguments: ["run --help", "help run", "run a --json -h", "run --count 5 --help --bogus"])
  func aCommandShowsWhatItTakes(given line: String) async {
    #expect(
      await help(line) == """
        Run an action and wait for its result

        Usage: petrel run [options] <action> [parameter...]

        Arguments:
          action     Reference, such as core.local
          parameter  key=value

        Options:
          -t, --timeout <duration>      Give up after this long (default: 1m)
          -f, --form <table|json|yaml>  How to print the result (default: table)
          -u, --user <text>             Run as this user
          -l, --label <text>            Mark the execution (may be repeated)
          -n, --count <number>          How often (default: 1)
          -a, --async                   Print the execution's id and return
          -v, --verbose                 Say more
          -h, --help                    Show this help

        Shared options:
          -d, --data <text>             Folder of the engine (default: ./data)
              --server <text>           Address of a running engine
              --json                    Print JSON

        """)
  }

  @Test func aGroupBelowShowsItsPath() async {
    let text = await help("help pack install")
    #expect(
      text.contains(
        "Usage: petrel pack install [options] --revision <number> <pack...>\n"))
    #expect(text.contains("-r, --revision <number>  Which one (required)\n"))
    #expect(await help("pack --help").contains("Usage: petrel pack [options] <command>\n"))
  }

  @Test func afterTwoDashesHelpIsAWord() async {
    #expect(await help("run -- --help").hasPrefix("--help []"))
  }

  @Test func linesFitAHundredColumns() async {
    let words = String(repeating: "many words ", count: 40)
    let screen = Screen()
    let command = Command(
      "wide", words, details: words + "\n\n  wide --like this\n" + words
    ) { c in
      _ = c.option(String(repeating: "o", count: 40), "o", default: "x", words)
      _ = c.option("short", nil, default: Form.json, words)
      for number in 0..<20 { _ = c.argument("argument-\(number)", String.self, words) }
      return { _ in }
    }
    #expect(await command.main(["--help"], console: screen.console) == 0)
    let lines = screen.output.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 100 })
    #expect(lines.contains { $0.count > 90 })
    #expect(lines.contains("  wide --like this"))
    #expect(screen.output.components(of: "many").count == 1 + 40 * 25)
  }

  @Test(
    arguments: [
      ("", 10, [""]), ("one two", 7, ["one two"]), ("one two", 6, ["one", "two"]),
      ("incomprehensible a", 5, ["incomprehensible", "a"]),
    ])
  func textIsWrappedAtSpaces(given text: String, _ width: Int, then lines: [String]) {
    #expect(Help.wrapped(text, width: width) == lines)
  }
}
