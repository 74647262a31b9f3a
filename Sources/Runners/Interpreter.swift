import Glibc

/// What runs a script, as its first line says.
struct Interpreter: Equatable {
  enum Kind { case shell, python, other }

  var kind: Kind
  /// The program and its options.
  var command: [String]

  /// Reads the first line of a file. A file without `#!` is the shell's, unless it is a program.
  init?(ofFile path: String) {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    let head = [UInt8](unsafeUninitializedCapacity: 256) { buffer, count in
      count = max(0, read(file, buffer.baseAddress, buffer.count))
    }
    self.init(head: head)
  }

  init(head: [UInt8]) {
    guard head.starts(with: Array("#!".utf8)) else {
      let isProgram = head.starts(with: [0x7f, 0x45, 0x4c, 0x46])
      kind = isProgram ? .other : .shell
      command = isProgram ? [] : ["/bin/sh"]
      return
    }
    let line = String(decoding: head.dropFirst(2).prefix { $0 != 0x0a }, as: UTF8.self)
    // The kernel gives everything behind the program as one argument; with `env` that is a command.
    let words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" }.map(String.init)
    let options = line.trimmingPrefix { $0 == " " }.drop { $0 != " " && $0 != "\t" }
    command = words.first.map { [$0] } ?? []
    if let program = words.first, Self.name(of: program) == "env" {
      command += words.dropFirst().filter { $0 != "-S" }
    } else if words.count > 1 {
      command.append(options.split { $0 == "\r" }.joined().trimmed)
    }
    kind = Self.kind(of: command)
  }

  private static func name(of path: String) -> String {
    String(path.split(separator: "/").last ?? "")
  }

  private static func kind(of command: [String]) -> Kind {
    let isEnv = command.first.map(name(of:)) == "env"
    let program = isEnv ? command.dropFirst().first : command.first
    let name = name(of: program ?? "")
    if ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"].contains(name) { return .shell }
    if name.hasPrefix("python") || name.hasPrefix("pypy") { return .python }
    return .other
  }
}

extension StringProtocol {
  fileprivate var trimmed: String {
    let start = drop { $0 == " " || $0 == "\t" }
    let end = start.reversed().drop { $0 == " " || $0 == "\t" }
    return String(end.reversed())
  }
}
