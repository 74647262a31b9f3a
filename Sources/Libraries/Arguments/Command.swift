import Glibc

/// A command, or a group of commands, as a value: what it is called, what it takes, what it does.
/// Help, completion and messages come from the same tree.
///
///     let up = Command("up", "Run the engine") { c in
///       let listen = c.option("listen", "l", default: "127.0.0.1:9101", "Where to listen")
///       return { values in try await run(values[listen]) }
///     }
///     exit(await Command("petrel", "Event-driven automation", [up]).main(arguments))
public struct Command: Sendable {
  public typealias Body = @Sendable (Values) async throws -> Void

  let name: String
  let help: String
  let details: String
  let signature: Signature
  let children: [Command]
  let body: Body?
  let version: String?
  var isHidden = false

  /// A command that does something.
  /// - Parameters: - help: one line, without a full stop. - details: more, for its own help: what
  ///   to know, examples. Lines that begin with a space are not wrapped. - define: declares what it
  ///   takes and returns what it does.
  public init(
    _ name: String, _ help: String, details: String = "", _ define: (inout Signature) -> Body
  ) {
    var signature = Signature()
    body = define(&signature)
    self.name = name
    self.help = help
    self.details = details
    self.signature = signature
    children = []
    version = nil
  }

  /// A group of commands.
  /// - Parameters:
  ///   - sharing: options that each command below takes too, before or after its name.
  ///   - version: what `--version` prints.
  public init(
    _ name: String, _ help: String, details: String = "", sharing: Signature = Signature(),
    version: String? = nil, _ children: [Command]
  ) {
    precondition(sharing.slots.allSatisfy(\.isOption), "a group shares options, not arguments")
    precondition(
      Set(children.map(\.name)).count == children.count, "\(name) has a command twice")
    for child in children { child.checkAgainst(sharing) }
    self.name = name
    self.help = help
    self.details = details
    self.children = children
    self.version = version
    signature = sharing
    body = nil
  }

  /// An option must not mean one thing to a group and another to a command in it.
  private func checkAgainst(_ shared: Signature) {
    for own in signature.slots where own.isOption {
      let isTaken = shared.slots.contains { slot in
        slot.id != own.id
          && (slot.name == own.name || (own.letter != nil && slot.letter == own.letter))
      }
      precondition(!isTaken, "'--\(own.name)' of \(name) is an option of a group above")
    }
    for child in children { child.checkAgainst(shared) }
  }

  /// The same, but help and completion do not mention it.
  public func hidden() -> Command {
    var command = self
    command.isHidden = true
    return command
  }

  /// Where the program's own words go; what commands print is their own matter.
  public struct Console: Sendable {
    var output: @Sendable (String) -> Void
    var error: @Sendable (String) -> Void

    /// - Parameters: take texts that end with a line feed.
    public init(
      output: @escaping @Sendable (String) -> Void, error: @escaping @Sendable (String) -> Void
    ) {
      self.output = output
      self.error = error
    }

    public static let standard = Console(
      output: { text in Console.write(text, to: 1) }, error: { text in Console.write(text, to: 2) })

    private static func write(_ text: String, to descriptor: Int32) {
      var bytes = Array(text.utf8)[...]
      while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return }
        bytes.removeFirst(count)
      }
    }
  }

  /// Runs what the words say and returns the program's exit code: 0; 64 for wrong usage; the code
  /// of a thrown `ExitCode`; 1 for any other error, which is printed.
  /// - Parameter words: without the program's name.
  public func main(_ words: [String], console: Console = .standard) async -> Int32 {
    if words.first == "__complete" {
      for candidate in complete(Array(words.dropFirst())) { console.output(candidate + "\n") }
      return ExitCode.success
    }
    var parser = Parser(self)
    do {
      if words.first == "completion" {
        console.output(try completionScript(words.dropFirst()))
        return ExitCode.success
      }
      switch try parser.parse(words) {
      case .help(let text): console.output(text)
      case .run(let body, let values): try await body(values)
      }
      return ExitCode.success
    } catch let error as ExitCode {
      if let message = error.message { console.error("error: \(message)\n") }
      return error.code
    } catch ArgumentsError.usage(let message) {
      console.error("error: \(message)\nsee: \(parser.path) --help\n")
      return ExitCode.usage
    } catch {
      console.error("error: \(error)\n")
      return ExitCode.failure
    }
  }
}
