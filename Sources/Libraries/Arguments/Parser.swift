/// Walks over the words of a command line, down the tree of commands.
struct Parser {
  enum Outcome: Sendable {
    case help(String)
    case run(Command.Body, Values)
  }

  private(set) var command: Command
  /// The names of the commands on the way.
  private(set) var path: String
  /// Options that groups on the way share.
  private(set) var shared: [Slot] = []
  private(set) var values = Values()
  private(set) var given: [Int: Int] = [:]
  private var words: ArraySlice<String> = []

  init(_ root: Command) {
    command = root
    path = root.name
    fill(root)
  }

  var options: [Slot] { command.signature.slots.filter(\.isOption) + shared }

  mutating func parse(_ words: [String]) throws(ArgumentsError) -> Outcome {
    self.words = words[...]
    while let word = self.words.popFirst() {
      if word == "--" {
        while let word = self.words.popFirst() { try take(word) }
      } else if word == "--help" || word == "-h" {
        return .help(Help(self).text)
      } else if word == "--version", let version = command.version {
        return .help(version + "\n")
      } else if word == "help", command.body == nil, child(word) == nil {
        return try helpOnRest()
      } else if word.hasPrefix("--") {
        try takeOption(word)
      } else if isLetters(word) {
        try takeLetters(word)
      } else {
        try take(word)
      }
    }
    guard let body = command.body else {
      throw .usage("a command is needed: \(visibleChildren.joined(separator: ", "))")
    }
    try checkAllGiven()
    return .run(body, values)
  }

  /// Goes down as far as words name commands, past shared options: for completion, which sees
  /// unfinished lines. Returns the words after the last command's name.
  mutating func descend(_ words: [String]) -> [String] {
    var rest = words[...]
    var after = rest
    while let word = rest.popFirst() {
      if word == "--" { break }
      if let slot = option(named: word) {
        if !slot.isFlag { rest = rest.dropFirst() }
      } else if !word.hasPrefix("-") {
        guard let child = child(word) else { break }
        enter(child)
        after = rest
      }
    }
    return Array(after)
  }

  func option(named word: String) -> Slot? {
    options.first { slot in
      word == "--" + slot.name || slot.letter.map { word == "-\($0)" } ?? false
    }
  }

  private var visibleChildren: [String] {
    command.children.filter { !$0.isHidden }.map(\.name)
  }

  private func child(_ name: String) -> Command? { command.children.first { $0.name == name } }

  private mutating func enter(_ child: Command) {
    shared =
      command.signature.slots.filter { slot in
        !child.signature.slots.contains { $0.id == slot.id }
      } + shared.filter { slot in !child.signature.slots.contains { $0.id == slot.id } }
    command = child
    path += " " + child.name
    fill(child)
  }

  private mutating func fill(_ command: Command) {
    for slot in command.signature.slots where given[slot.id] == nil {
      if let initial = slot.initial { values.found[slot.id] = initial }
    }
  }

  private mutating func helpOnRest() throws(ArgumentsError) -> Outcome {
    while let word = words.popFirst() {
      guard let child = child(word) else { throw unknownCommand(word) }
      enter(child)
    }
    return .help(Help(self).text)
  }

  private func unknownCommand(_ word: String) -> ArgumentsError {
    .usage("unknown command '\(word)'" + suggestion(for: word, among: visibleChildren))
  }

  /// A command's name or an argument.
  private mutating func take(_ word: String) throws(ArgumentsError) {
    if command.body == nil {
      guard let child = child(word) else { throw unknownCommand(word) }
      enter(child)
      return
    }
    let next = command.signature.slots.first { slot in
      switch slot.kind {
      case .argument: given[slot.id] == nil
      case .rest: true
      case .flag, .option: false
      }
    }
    guard let next else { throw .usage("unexpected argument '\(word)'") }
    try set(next, word)
  }

  /// `-5` and `-` are arguments.
  private func isLetters(_ word: String) -> Bool {
    guard word.hasPrefix("-"), word.count > 1 else { return false }
    return Double(word) == nil || option(named: String(word.prefix(2))) != nil
  }

  private mutating func takeOption(_ word: String) throws(ArgumentsError) {
    let name = word.dropFirst(2).prefix { $0 != "=" }
    let equals = word.firstIndex(of: "=")
    guard let slot = options.first(where: { $0.name == name }) else {
      let names = options.map(\.title) + ["--help"]
      throw .usage("unknown option '--\(name)'" + suggestion(for: "--" + name, among: names))
    }
    if slot.isFlag {
      if equals != nil { throw .usage("option '--\(name)' takes no value") }
      try set(slot, "")
    } else if let equals {
      try set(slot, String(word[word.index(after: equals)...]))
    } else {
      try set(slot, try nextWord(for: slot, "--\(name)"))
    }
  }

  private mutating func takeLetters(_ word: String) throws(ArgumentsError) {
    var letters = word.dropFirst()
    while let letter = letters.popFirst() {
      guard let slot = options.first(where: { $0.letter == letter }) else {
        throw .usage("unknown option '-\(letter)'")
      }
      if slot.isFlag {
        try set(slot, "")
        continue
      }
      if letters.first == "=" { letters.removeFirst() }
      try set(slot, letters.isEmpty ? try nextWord(for: slot, "-\(letter)") : String(letters))
      return
    }
  }

  private mutating func nextWord(for slot: Slot, _ title: String) throws(ArgumentsError) -> String {
    guard let word = words.popFirst() else {
      throw .usage("option '\(title)' needs a value: <\(slot.placeholder)>")
    }
    return word
  }

  private mutating func set(_ slot: Slot, _ text: String) throws(ArgumentsError) {
    do throws(ArgumentsError) {
      values.found[slot.id] = try slot.read(text, values.found[slot.id])
    } catch .invalidValue(let expected) {
      let hint = suggestion(for: text, among: slot.choices)
      throw .usage("\(slot.title): expected \(expected), found '\(text)'" + hint)
    }
    given[slot.id, default: 0] += 1
  }

  private func checkAllGiven() throws(ArgumentsError) {
    for slot in command.signature.slots + shared {
      if case .rest(let minimum) = slot.kind, given[slot.id, default: 0] < minimum {
        throw .usage(
          "missing argument \(slot.title)" + (minimum > 1 ? ": at least \(minimum)" : ""))
      }
      if values.found[slot.id] == nil {
        throw .usage("missing \(slot.isOption ? "option" : "argument") \(slot.title)")
      }
    }
  }
}
