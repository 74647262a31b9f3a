import Crypto
import Processes

/// A command that is started so that its texts cannot be seen in the list of processes: they come
/// through standard input, which is then closed, so that the command finds it at its end, as in
/// StackStorm.
///
/// - A shell command line is never an argument of the shell: the shell reads it.
/// - Arguments of a script are arguments, as the script expects, unless one of them is secret. Then
///   a shell script is read by its own shell, and a Python script by its own Python, with `$0` and
///   `$@`, `sys.argv` set inside. Whatever else runs it has no such way: there the argument is the
///   text `$ST2_SECRET_NAME`, and the environment variable of that name holds the value.
struct ShellCommand {
  var program: String
  var arguments: [String]
  var input: [UInt8] = []
  /// What the environment must hold in addition.
  var environment: [String: String] = [:]

  /// - Parameter sudo: nil to run as the user of this process.
  static func line(_ text: String, shell: String, sudo: Sudo?) -> ShellCommand {
    read(by: [shell], "exec </dev/null; " + text, after: [], sudo)
  }

  static func script(
    _ path: String, _ arguments: [ScriptArgument], by interpreter: Interpreter, sudo: Sudo?
  ) -> ShellCommand {
    guard arguments.contains(where: { $0.secretName != nil }) else {
      return plain([path] + arguments.map(\.text), sudo)
    }
    let texts = arguments.map(\.text)
    switch interpreter.kind {
    case .shell:
      let words = texts.map(shellQuoted).joined(separator: " ")
      return read(
        by: interpreter.command,
        "exec </dev/null; set -- \(words)\n. \(shellQuoted(path))\n", after: [path], sudo)
    case .python:
      return readByPython(interpreter.command, path, texts, sudo)
    case .other:
      var hidden: [String: String] = [:]
      let shown = arguments.map { argument in
        guard let name = argument.secretName else { return argument.text }
        let variable = "ST2_SECRET_" + variableName(name)
        hidden[variable] = String(argument.text.dropFirst(argument.label.count))
        return argument.label + "$" + variable
      }
      var command = plain([path] + shown, sudo)
      command.environment = hidden
      return command
    }
  }

  static func variableName(_ name: String) -> String {
    String(name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }

  /// Arguments that anybody may see. With sudo the shell runs them, as in StackStorm, because what
  /// sudo may run is often said of the shell.
  private static func plain(_ words: [String], _ sudo: Sudo?) -> ShellCommand {
    guard let sudo else {
      return ShellCommand(program: words[0], arguments: Array(words.dropFirst()))
    }
    let text = "exec </dev/null " + words.map(shellQuoted).joined(separator: " ")
    return read(by: ["bash"], text + "\n", after: [], sudo)
  }

  /// A shell that reads what to do.
  private static func read(
    by shell: [String], _ text: String, after words: [String], _ sudo: Sudo?
  ) -> ShellCommand {
    guard let sudo else {
      return ShellCommand(
        program: shell[0], arguments: shell.dropFirst() + ["-c", ". /dev/stdin"] + words,
        input: Array(text.utf8))
    }
    let skip = "while IFS= read -r line_; do [ \"$line_\" = \(sudo.mark) ] && break; done"
    return sudo.command(
      shell + ["-c", "\(skip); unset line_; . /dev/stdin"] + words, input: Array(text.utf8))
  }

  /// Reads everything up to the end, drops what comes before the mark (sudo reads its password from
  /// there, or does not), and runs the file as `python FILE` would.
  private static func readByPython(
    _ python: [String], _ path: String, _ texts: [String], _ sudo: Sudo?
  ) -> ShellCommand {
    let mark = sudo?.mark ?? Sudo.newMark()
    let reader = """
      import os, sys
      data = b''
      while True:
          piece = os.read(0, 65536)
          if not piece: break
          data += piece
      data = data.split(b'\(mark)\\n', 1)[1]
      null = os.open(os.devnull, os.O_RDONLY)
      os.dup2(null, 0)
      os.close(null)
      path = sys.argv[1]
      words = data.split(b'\\0')[:-1]
      sys.argv = [path] + [word if str is bytes else os.fsdecode(word) for word in words]
      sys.path[0] = os.path.dirname(path)
      with open(path, 'rb') as file: code = compile(file.read(), path, 'exec')
      names = sys.modules['__main__'].__dict__
      for name in ['data', 'piece', 'null', 'words', 'file']: names.pop(name, None)
      names['__file__'] = path
      exec(code, names)
      """
    let data = texts.reduce(into: [UInt8]()) { $0 += Array($1.utf8) + [0] }
    let words = python + ["-c", reader, path]
    guard let sudo else {
      return ShellCommand(
        program: words[0], arguments: Array(words.dropFirst()),
        input: Array((mark + "\n").utf8) + data)
    }
    return sudo.command(words, input: data)
  }
}

/// How to become root.
struct Sudo {
  private(set) var password: String?
  /// Ends what sudo may read; a line that nobody can guess.
  let mark = newMark()

  init(password: String?) {
    self.password = password.flatMap { $0.isEmpty ? nil : $0 }
  }

  static func newMark() -> String { Hex.encode(randomBytes(16)) }

  func command(_ words: [String], input: [UInt8]) -> ShellCommand {
    ShellCommand(
      program: "sudo", arguments: (password == nil ? [] : ["-S"]) + ["-E", "--"] + words,
      input: passwordLine + Array((mark + "\n").utf8) + input)
  }

  private var passwordLine: [UInt8] { password.map { Array(($0 + "\n").utf8) } ?? [] }

  /// For root's processes, which may not be signalled otherwise.
  var killCommand: KillCommand {
    KillCommand("sudo", [password == nil ? "-n" : "-S", "kill"], input: passwordLine)
  }
}
