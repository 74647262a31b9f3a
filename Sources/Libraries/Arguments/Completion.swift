/// Shells that can be taught to complete. The script calls the program's hidden command
/// `__complete` with the words so far, the unfinished one last; it prints one candidate a line,
/// after a tab what it is. So completion never falls behind the commands. Where it has none, shells
/// offer files.
enum Shell: String, CaseIterable {
  case bash, zsh, fish

  func script(for name: String) -> String {
    let function = "_" + name.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
    switch self {
    case .bash:
      return """
        \(function)() {
          local line
          COMPREPLY=()
          while IFS= read -r line; do
            COMPREPLY+=("${line%%$'\\t'*}")
          done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
        }
        complete -o bashdefault -o default -F \(function) \(name)

        """
    case .zsh:
      return """
        #compdef \(name)
        \(function)() {
          local line
          local -a candidates
          while IFS= read -r line; do
            candidates+=("${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}")
          done < <("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)
          if (( ${#candidates} )); then _describe \(name) candidates; else _files; fi
        }
        if [ "$funcstack[1]" = "\(function)" ]; then
          \(function) "$@"
        else
          compdef \(function) \(name)
        fi

        """
    case .fish:
      return """
        function _\(function)
          set -l words (commandline -opc) (commandline -ct)
          $words[1] __complete $words[2..-1] 2>/dev/null
        end
        complete -c \(name) -n 'test (count (_\(function))) -gt 0' -f -a '(_\(function))'

        """
    }
  }
}

extension Command {
  /// - Parameter words: after `completion`.
  func completionScript(_ words: ArraySlice<String>) throws(ArgumentsError) -> String {
    let names = Shell.allCases.map(\.rawValue).joined(separator: ", ")
    guard let word = words.first, let shell = Shell(rawValue: word), words.count == 1 else {
      let found = words.joined(separator: " ")
      throw .usage("completion: expected one of \(names), found '\(found)'")
    }
    return shell.script(for: name)
  }

  /// - Parameter words: so far; the last one is unfinished and may be empty.
  func complete(_ words: [String]) -> [String] {
    var parser = Parser(self)
    let rest = parser.descend(Array(words.dropLast()))
    let last = words.last ?? ""
    if let candidates = optionValues(parser, rest: rest, last: last) { return candidates }
    if rest.contains("--") { return argumentValues(parser, last) }
    if last.hasPrefix("-") {
      let options =
        parser.options.map { ("--" + $0.name, $0.help) } + [("--help", "Show this help")]
      return Command.candidates(options, last)
    }
    let isRoot = parser.path == name
    let children = parser.command.children.filter { !$0.isHidden }.map { ($0.name, $0.help) }
    let extra = isRoot ? [("completion", "Print a script that completes words in a shell")] : []
    if isRoot, rest == ["completion"] {
      return Command.candidates(Shell.allCases.map { ($0.rawValue, "") }, last)
    }
    return Command.candidates(children + extra, last) + argumentValues(parser, last)
  }

  /// The values of the option that stands before the last word, or in it as `--name=val`; nil if
  /// there is none. bash hands `--name=val` over as three words.
  private func optionValues(_ parser: Parser, rest: [String], last: String) -> [String]? {
    var before = rest
    var start = last
    if start == "=" {
      start = ""
    } else if before.last == "=" {
      before.removeLast()
    }
    if let word = before.last, let slot = parser.option(named: word), !slot.isFlag {
      return Command.candidates(slot.choices.map { ($0, "") }, start)
    }
    if let equals = last.firstIndex(of: "="), last.hasPrefix("--"),
      let slot = parser.option(named: String(last[..<equals]))
    {
      return Command.candidates(slot.choices.map { ("--\(slot.name)=\($0)", "") }, last)
    }
    return nil
  }

  private func argumentValues(_ parser: Parser, _ last: String) -> [String] {
    let choices = parser.command.signature.slots.filter { !$0.isOption }.flatMap(\.choices)
    return Command.candidates(choices.map { ($0, "") }, last)
  }

  private static func candidates(_ all: [(String, String)], _ start: String) -> [String] {
    all.filter { $0.0.hasPrefix(start) }.map { $0.1.isEmpty ? $0.0 : $0.0 + "\t" + $0.1 }.sorted()
  }
}
