import Calendar
import Synchronization
import Testing

@testable import Arguments

enum Form: String, CaseIterable, ArgumentValue {
  case table, json, yaml
}

/// What a run of the program under test printed.
final class Screen: Sendable {
  private let printed = Mutex((output: "", error: ""))

  var console: Command.Console {
    Command.Console(
      output: { text in self.printed.withLock { $0.output += text } },
      error: { text in self.printed.withLock { $0.error += text } })
  }

  var output: String { printed.withLock { $0.output } }
  var error: String { printed.withLock { $0.error } }

  func show(_ text: String) { printed.withLock { $0.output += text } }
}

/// A program with every kind of parameter; its commands print what they got.
func program(_ screen: Screen) -> Command {
  var site = Signature()
  let data = site.option("data", "d", default: "./data", "Folder of the engine")
  let server = site.optional("server", nil, String.self, "Address of a running engine")
  let isJSON = site.flag("json", nil, "Print JSON")

  let run = Command("run", "Run an action and wait for its result") { c in
    let action = c.argument("action", String.self, "Reference, such as core.local")
    let parameters = c.rest("parameter", String.self, "key=value")
    let timeout = c.option("timeout", "t", default: Duration.seconds(60), "Give up after this long")
    let form = c.option("form", "f", default: Form.table, "How to print the result")
    let user = c.optional("user", "u", String.self, "Run as this user")
    let labels = c.repeated("label", "l", String.self, "Mark the execution")
    let count = c.option("count", "n", default: 1, "How often")
    let isAsync = c.flag("async", "a", "Print the execution's id and return")
    let isVerbose = c.flag("verbose", "v", "Say more")
    return { v in
      screen.show(
        "\(v[action]) \(v[parameters]) \(v[timeout].text) \(v[form]) \(v[user] ?? "-") \(v[labels])"
          + " \(v[count]) \(v[isAsync]) \(v[isVerbose]) \(v[data]) \(v[server] ?? "-") \(v[isJSON])"
      )
    }
  }
  let install = Command("install", "Install packs") { c in
    let packs = c.rest("pack", String.self, minimum: 2, "Name or URL")
    let revision = c.required("revision", "r", Int.self, "Which one")
    return { v in screen.show("\(v[packs]) \(v[revision]) \(v[data])") }
  }
  let fail = Command("fail", "End badly") { c in
    let how = c.argument("how", String.self, "With what")
    return { v in
      switch v[how] {
      case "code": throw ExitCode(3)
      case "message": throw ExitCode(4, "the port is taken")
      case "usage": throw ArgumentsError.usage("--from must be before --to")
      default: throw CalendarError.unknownZone(v[how])
      }
    }
  }
  let secret = Command("conform", "Answer cases") { _ in { _ in screen.show("conformed") } }
  return Command(
    "petrel", "Event-driven automation", sharing: site, version: "1.2.3",
    [run, Command("pack", "Work with packs", [install]), fail, secret.hidden()])
}

func typed(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }

@Suite struct CommandTests {
  @Test(
    arguments: [
      ("run core.local", "core.local [] 1m table - [] 1 false false ./data - false"),
      (
        "run core.local cmd=ls x",
        #"core.local ["cmd=ls", "x"] 1m table - [] 1 false false ./data - false"#
      ),
      (
        "run --timeout=90s core.local --form json --user ann",
        "core.local [] 1m30s json ann [] 1 false false ./data - false"
      ),
      ("run -t 5m -f=yaml -u=ann a", "a [] 5m yaml ann [] 1 false false ./data - false"),
      ("run -avt5m a", "a [] 5m table - [] 1 true true ./data - false"),
      (
        "run -l x -ly --label=z a", #"a [] 1m table - ["x", "y", "z"] 1 false false ./data - false"#
      ),
      ("run a -n -5 -3 -", #"a ["-3", "-"] 1m table - [] -5 false false ./data - false"#),
      ("run -- --json -a --", #"--json ["-a", "--"] 1m table - [] 1 false false ./data - false"#),
      ("run --user=a=b a", "a [] 1m table a=b [] 1 false false ./data - false"),
      ("run --user= a", "a [] 1m table  [] 1 false false ./data - false"),
      ("run --count 1 --count 2 a", "a [] 1m table - [] 2 false false ./data - false"),
      ("run a --data /x --json", "a [] 1m table - [] 1 false false /x - true"),
      ("--data /x --json --server=h run a", "a [] 1m table - [] 1 false false /x h true"),
      ("-d/x pack install -r7 one two", #"["one", "two"] 7 /x"#),
      ("pack -d /y install one -r 7 two", #"["one", "two"] 7 /y"#),
      ("conform", "conformed"),
    ])
  func valuesReachTheCommand(given line: String, then expected: String) async {
    let screen = Screen()
    #expect(await program(screen).main(typed(line), console: screen.console) == 0)
    #expect(screen.output == expected)
    #expect(screen.error == "")
  }

  @Test(
    arguments: [
      ("", "a command is needed: run, pack, fail", "petrel"),
      ("pack", "a command is needed: install", "petrel pack"),
      ("rum", "unknown command 'rum'; did you mean 'run'?", "petrel"),
      ("conforn", "unknown command 'conforn'", "petrel"),
      ("pack instal", "unknown command 'instal'; did you mean 'install'?", "petrel pack"),
      ("--dta x", "unknown option '--dta'; did you mean '--data'?", "petrel"),
      ("run --tiemout 5s a", "unknown option '--tiemout'; did you mean '--timeout'?", "petrel run"),
      ("run --hlep", "unknown option '--hlep'; did you mean '--help'?", "petrel run"),
      ("run -x a", "unknown option '-x'", "petrel run"),
      ("run -ax a", "unknown option '-x'", "petrel run"),
      ("run", "missing argument <action>", "petrel run"),
      ("run a --timeout", "option '--timeout' needs a value: <duration>", "petrel run"),
      ("run a -t", "option '-t' needs a value: <duration>", "petrel run"),
      ("run a --async=yes", "option '--async' takes no value", "petrel run"),
      (
        "run a --form jsn",
        "--form: expected one of table, json, yaml, found 'jsn'; did you mean 'json'?", "petrel run"
      ),
      ("run a --count 1.5", "--count: expected a whole number, found '1.5'", "petrel run"),
      (
        "run a -t 5",
        "--timeout: expected a duration such as 90s, 2h30m or 1d"
          + " (a unit is missing: w, d, h, m, s, ms or us), found '5'", "petrel run"
      ),
      ("pack install -r 1", "missing argument <pack...>: at least 2", "petrel pack install"),
      ("pack install -r 1 a", "missing argument <pack...>: at least 2", "petrel pack install"),
      ("pack install a b", "missing option --revision", "petrel pack install"),
      ("fail a b", "unexpected argument 'b'", "petrel fail"),
      ("fail usage", "--from must be before --to", "petrel fail"),
    ])
  func wrongUsageIsExplained(given line: String, then message: String, _ path: String) async {
    let screen = Screen()
    #expect(await program(screen).main(typed(line), console: screen.console) == 64)
    #expect(screen.error == "error: \(message)\nsee: \(path) --help\n")
    #expect(screen.output == "")
  }

  @Test(
    arguments: [
      ("fail code", 3, ""), ("fail message", 4, "error: the port is taken\n"),
      (
        "fail Atlantis", 1,
        "error: expected a time zone of tzdata such as Europe/Paris, found 'Atlantis'\n"
      ),
    ] as [(String, Int32, String)])
  func errorsBecomeExitCodes(given line: String, then code: Int32, _ text: String) async {
    let screen = Screen()
    #expect(await program(screen).main(typed(line), console: screen.console) == code)
    #expect(screen.error == text)
  }

  @Test func theVersionIsTheRootsOwn() async {
    let screen = Screen()
    #expect(await program(screen).main(["--version"], console: screen.console) == 0)
    #expect(screen.output == "1.2.3\n")
    #expect(await program(screen).main(["run", "--version"], console: screen.console) == 64)
  }

  @Test func aCommandIncludesSharedOptionsOnce() async {
    var shared = Signature()
    let data = shared.option("data", "d", default: "./data", "Folder")
    let screen = Screen()
    let up = Command("up", "Run") { c in
      c.include(shared)
      c.include(shared)
      return { v in screen.show(v[data]) }
    }
    let root = Command("p", "P", sharing: shared, [up])
    #expect(await root.main(["-d", "/x", "up"], console: screen.console) == 0)
    #expect(await root.main(["up", "-d", "/y"], console: screen.console) == 0)
    #expect(screen.output == "/x/y")
    #expect(await root.main(["up", "--help"], console: screen.console) == 0)
    #expect(screen.output.components(of: "--data").count == 2)
  }

  @Test func contradictoryDeclarationsTrap() async {
    await #expect(processExitsWith: .failure) {
      var signature = Signature()
      _ = signature.flag("json", "j", "JSON")
      _ = signature.flag("jump", "j", "Jump")
    }
    await #expect(processExitsWith: .failure) {
      var shared = Signature()
      _ = shared.flag("json", nil, "JSON")
      let child = Command("show", "Show") { c in
        _ = c.option("json", nil, default: 1, "Something else")
        return { _ in }
      }
      _ = Command("p", "P", sharing: shared, [Command("group", "G", [child])])
    }
  }

  @Test func aProgramMayBeOneCommand() async {
    let screen = Screen()
    let root = Command("count", "Counts") { c in
      let numbers = c.rest("number", Int.self, "What")
      return { v in screen.show("\(v[numbers].reduce(0, +))") }
    }
    #expect(await root.main(["1", "-2", "5"], console: screen.console) == 0)
    #expect(screen.output == "4")
  }
}

extension String {
  /// What stands between the separators.
  func components(of separator: String) -> [String] {
    split(separator: separator, omittingEmptySubsequences: false).map(String.init)
  }
}
