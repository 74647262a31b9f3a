import Calendar
import Testing

@testable import petrel

@Suite struct ConfigurationTests {
  private func read(
    _ yaml: String? = nil, flags: [String: String] = [:], variables: [String: String] = [:]
  ) -> ConfigurationReading {
    let inputs = ConfigurationInputs(flags: flags, variables: variables, hostName: "host1")
    return ConfigurationReading(inputs) { _ in yaml.map { Array($0.utf8) } }
  }

  private func mistakes(_ yaml: String) -> [String] { read(yaml).mistakes.map(\.description) }

  @Test func namesAreOneAndDefaultsKeepTheirBounds() {
    let names = ConfigurationOption.all.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(Set(ConfigurationOption.all.map(\.variable)).count == names.count)
    let reading = read()
    #expect(reading.mistakes.isEmpty)
    #expect(reading.configuration.settings.allSatisfy { $0.source == .builtIn })
    #expect(reading.configuration.workerName == "host1")
    #expect(reading.configuration.intakeBodyBytesMax == 8 << 20)
    #expect(reading.configuration.listen == ListenPlace(host: "127.0.0.1", port: 9101))
    #expect(reading.configuration.database == nil)
    #expect(reading.configuration.freeSpaceBytesMin == nil)
    #expect(reading.configuration.drainTimeout == .seconds(30))
    #expect(reading.configuration.isAuditFull)
  }

  @Test func flagsWinOverVariablesOverTheFileOverDefaults() {
    // given a value in each place
    let yaml = "worker.slots: 2\n"
    let variables = ["PETREL_WORKER_SLOTS": "3"]
    let all = read(yaml, flags: ["worker.slots": "4"], variables: variables)
    // then the nearest counts and says so
    #expect(all.configuration.workerSlots == 4)
    #expect(source(all) == .flag)
    #expect(read(yaml, variables: variables).configuration.workerSlots == 3)
    #expect(source(read(yaml, variables: variables)) == .variable)
    #expect(read(yaml).configuration.workerSlots == 2)
    #expect(source(read(yaml)) == .file(path: "./data/petrel.yaml", line: 1))
    #expect(read().configuration.workerSlots == 16)
  }

  private func source(_ reading: ConfigurationReading) -> Configuration.Source? {
    reading.configuration.settings.first { $0.option.name == "worker.slots" }?.source
  }

  @Test func theFileIsTheFolders() {
    let inputs = ConfigurationInputs(
      flags: ["data": "/a"], variables: ["PETREL_DATA": "/b"], hostName: "h")
    let reading = ConfigurationReading(inputs) { path in
      path == "/a/petrel.yaml" ? Array("audit: full".utf8) : nil
    }
    #expect(reading.configuration.isAuditFull)
  }

  @Test(arguments: [
    "worker: {slots: 5}", "worker.slots: 5", "worker:\n  slots: 5\n  name: w\n",
    "log:\n  segment.max: 2 MiB\nworker:\n  slots: 5\n",
  ])
  func keysAreNestedOrDotted(_ yaml: String) {
    #expect(mistakes(yaml).isEmpty)
    #expect(read(yaml).configuration.workerSlots == 5)
  }

  @Test func anEmptyFileSetsNothing() {
    #expect(mistakes("").isEmpty)
    #expect(mistakes("# nothing\n").isEmpty)
  }

  static let wrong: [(yaml: String, mistake: String)] = [
    (
      "worker:\n  slot: 3",
      "2:3: expected the name of an option, found 'worker.slot'; "
        + "did you mean 'worker.slots'?"
    ),
    (
      "colour: red",
      "1:1: expected the name of an option, found 'colour'; 'petrel config show' lists them"
    ),
    ("worker.slots: 0", "1:15: worker.slots: expected a number from 1 to 1024, found 0"),
    ("worker.slots: many", "1:15: worker.slots: expected a number from 1 to 1024, found 'many'"),
    (
      "worker.name: yes",
      "1:14: worker.name: expected text in one line of 1 to 4096 bytes, "
        + "found the boolean true; put text into quotes"
    ),
    (
      "log.level: inof",
      "1:12: log.level: expected one of debug, info, warning, error, "
        + "found 'inof'; did you mean 'info'?"
    ),
    (
      "log.segment: 3",
      "1:14: log.segment: expected a mapping with log.segment.max, "
        + "log.segment.age, found an integer"
    ),
    (
      "audit:",
      "1:7: audit: expected one of full, matched, found nothing; leave the key out to "
        + "have the default"
    ),
    (
      "drain.timeout: 30",
      "1:16: drain.timeout: expected a duration such as 90s, 2h30m or 1d, "
        + "from 0s to 1h, found 30"
    ),
    (
      "data: /x",
      "1:1: data cannot stand in a file that lies in it: use --data or PETREL_DATA"
    ),
    ("audit: full\naudit: full", "2:1: 'audit' is given twice, first at line 1"),
    (
      "worker: {slots: 1}\nworker.slots: 2", "2:1: worker.slots is given twice, first at line 1"
    ),
    ("- a", "1:1: expected a mapping, found a list"),
    ("1: 2", "1:1: expected the name of an option, found an integer"),
  ]

  @Test(arguments: wrong)
  func aMistakeNamesPlaceExpectationAndFinding(_ row: (yaml: String, mistake: String)) {
    #expect(mistakes(row.yaml) == ["./data/petrel.yaml:" + row.mistake])
  }

  @Test func allMistakesAreFoundAtOnce() {
    let reading = read(
      "worker.slots: 0\naudit: no\nx: 1\n", flags: ["listen": "nowhere"],
      variables: ["PETREL_DEDUP_IDS": "0"])
    #expect(
      reading.mistakes.map(\.place) == [
        "--listen", "PETREL_DEDUP_IDS", "./data/petrel.yaml:1:15", "./data/petrel.yaml:2:8",
        "./data/petrel.yaml:3:1",
      ])
  }

  @Test func brokenYAMLIsNamedWithItsPlace() {
    let found = mistakes("worker: [\n")
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("./data/petrel.yaml:") == true)
  }

  @Test func aVariableThatIsNearAnOptionsIsWarnedOf() {
    let reading = read(variables: ["PETREL_WORKER_SLOT": "1", "PETREL_SERVICE_HOST": "x"])
    #expect(reading.mistakes.isEmpty)
    #expect(
      reading.warnings.map(\.description) == [
        "PETREL_WORKER_SLOT: no option has this variable; did you mean 'PETREL_WORKER_SLOTS'?"
      ])
  }

  static let bounds: [(name: String, good: [String], bad: [String])] = [
    (
      "listen", ["0.0.0.0:0", "[::1]:65535", "host:1"], ["host:65536", ":1", "::1:80", "h:+1", "h"]
    ),
    ("database", ["", "host=/run"], ["a\nb"]),
    ("log.format", ["json", "text"], ["JSON"]),
    ("intake.body.max", ["1024", "64 MiB"], ["1023", "67108865"]),
    ("intake.event.max", ["1 KiB", "16MiB"], ["1 KB", "16777217"]),
    ("http.connections.max", ["16", "65536"], ["15", "65537"]),
    ("worker.slots", ["1", "1024"], ["0", "1025", "1.5", ""]),
    ("worker.output.max", ["1024", "16 MiB"], ["1023", "17 MiB"]),
    ("log.segment.max", ["1 MiB", "64 GiB"], ["1 MB", "65 GiB"]),
    ("log.segment.age", ["1m", "30d"], ["59s", "31d"]),
    ("free.space.min", ["auto", "0"], ["5 %", "-1"]),
    ("dedup.window", ["1s", "30d"], ["999ms", "31d", "24"]),
    ("dedup.ids", ["1", "1048576"], ["0", "1048577"]),
    ("drain.timeout", ["0", "1h"], ["1h1s"]),
  ]

  @Test(arguments: bounds)
  func valuesKeepTheirBounds(_ row: (name: String, good: [String], bad: [String])) {
    for text in row.good { #expect(read(flags: [row.name: text]).mistakes.isEmpty, "\(text)") }
    for text in row.bad { #expect(read(flags: [row.name: text]).mistakes.count == 1, "\(text)") }
  }

  @Test func textsEndAtTheirLimit() {
    let most = String(repeating: "n", count: ConfigurationOption.textBytesMax)
    #expect(read(flags: ["worker.name": most]).mistakes.isEmpty)
    #expect(read(flags: ["worker.name": most + "n"]).mistakes.count == 1)
    #expect(read(flags: ["worker.name": ""]).mistakes.count == 1)
  }

  static let connections: [(text: String, hidden: String)] = [
    ("", ""), ("host=/run dbname=petrel", "host=/run dbname=petrel"),
    ("password=secret host=h", "password=*** host=h"),
    ("host=h password = 'a b\\'c' user=u", "host=h password = *** user=u"),
    ("host=h password=a\\ b", "host=h password=***"),
    ("postgresql://u:secret@h/db", "postgresql://u:***@h/db"),
    ("postgresql://u@h/db?password=x&user=y", "postgresql://u@h/db?password=***&user=y"),
    ("postgresql://h:5432/db", "postgresql://h:5432/db"),
  ]

  @Test(arguments: connections)
  func passwordsAreNotShown(_ row: (text: String, hidden: String)) {
    #expect(ConnectionText.hidden(row.text) == row.hidden)
  }

  @Test func configShowSaysValueSourceUnitAndDefault() async throws {
    try await withFolder { folder in
      write("dedup:\n  ids: 7\n", to: "\(folder)/petrel.yaml")
      let run = await CommandRun.of("config", "show", "--data", folder, "--worker-slots", "3")
      #expect(run.code == 0)
      #expect(
        run.lines.first?.split(separator: " ").map(String.init).prefix(5) == [
          "NAME", "VALUE", "SOURCE", "UNIT", "DEFAULT",
        ])
      let rows = run.lines.map { $0.split(separator: " ").map(String.init) }
      #expect(
        rows.contains { $0.starts(with: ["worker.slots", "3", "--worker-slots", "actions", "16"]) })
      #expect(
        rows.contains { $0.starts(with: ["dedup.ids", "7", "\(folder)/petrel.yaml:2", "ids"]) })
    }
  }

  @Test func configCheckEndsWithOneOnMistakes() async throws {
    try await withFolder { folder in
      let sound = await CommandRun.of("config", "check", "--data", folder)
      #expect((sound.code, sound.output) == (0, "the configuration is sound\n"))
      write("worker: {slots: 0}\n", to: "\(folder)/petrel.yaml")
      let wrong = await CommandRun.of("config", "check", "--data", folder)
      #expect(wrong.code == 1)
      #expect(
        wrong.errors == "error: \(folder)/petrel.yaml:1:17: worker.slots: expected a number from "
          + "1 to 1024, found 0\n")
    }
  }
}

@Suite struct ByteCountTests {
  static let rows: [(text: String, bytes: Int?)] = [
    ("0", 0), ("65536", 65_536), ("8 MiB", 8 << 20), ("8mib", 8 << 20), ("1KB", 1_000),
    ("2 TiB", 2 << 40), ("1 B", 1), ("", nil), ("MiB", nil), ("1.5 MiB", nil), ("-1", nil),
    ("1  KiB", nil), ("1 KiB ", nil), ("4194304 TiB", 1 << 62), ("4194305 TiB", nil),
    ("999999999999999999", 999_999_999_999_999_999), ("1000000000000000000", nil),
  ]

  @Test(arguments: rows)
  func readsWhatPeopleWrite(_ row: (text: String, bytes: Int?)) {
    #expect(ByteCount.read(row.text) == row.bytes)
  }

  @Test func writesExactlyAndRoundedDown() {
    #expect(ByteCount.text(8 << 20) == "8 MiB")
    #expect(ByteCount.text(1_000) == "1000 B")
    #expect(ByteCount.text(0) == "0 B")
    #expect(ByteCount.rounded(1_536) == "1.5 KiB")
    #expect(ByteCount.rounded((1 << 30) - 1) == "1023.9 MiB")
    #expect(ByteCount.rounded(1_023) == "1023 B")
  }
}
