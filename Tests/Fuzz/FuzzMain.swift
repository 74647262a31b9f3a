import Glibc

/// Runs one fuzz target: `fuzz TARGET ...`.
///
/// Built with `-sanitize=address,fuzzer -D FUZZING` (`make fuzz` does) the arguments behind the
/// target's name are libFuzzer's: its options, then folders of inputs. Built as everything else is,
/// they are files and folders whose inputs are each run once: to see a crash again in a debugger.
/// Ends with 2 when the target or an input is not there; a crash is a trap.
@main enum Fuzz {
  /// One round: whatever the bytes are, nothing traps.
  typealias Target = @Sendable (UnsafeRawBufferPointer) -> Void

  static let targets: [(name: String, run: Target)] = [
    ("json", fuzzJSON), ("yaml", fuzzYAML), ("http", fuzzHTTP), ("expressions", fuzzExpressions),
    ("records", fuzzRecords),
  ]

  static func main() {
    let name = CommandLine.arguments.dropFirst().first ?? ""
    guard let target = targets.first(where: { $0.name == name }) else {
      fail("give one of \(targets.map(\.name).joined(separator: ", ")), found '\(name)'")
    }
    #if FUZZING
      chosen = target.run
      exit(FuzzerDriver.run())
    #else
      for path in CommandLine.arguments.dropFirst(2) { replay(path, target.run) }
    #endif
  }

  static func fail(_ message: String) -> Never {
    let line = Array("fuzz: \(message)\n".utf8)
    write(STDERR_FILENO, line, line.count)
    exit(2)
  }
}

#if FUZZING
  /// What libFuzzer's rounds call: set once, before the first.
  nonisolated(unsafe) private var chosen: Fuzz.Target = { _ in }

  /// libFuzzer's own main, which takes the arguments without the target's name.
  private enum FuzzerDriver {
    typealias Round = @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt

    static func run() -> CInt {
      let arguments = [CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(2)
      // libFuzzer keeps the arguments for as long as the process lives.
      let pointers = UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>.allocate(
        capacity: arguments.count + 1)
      pointers.initialize(repeating: nil)
      for (place, argument) in arguments.enumerated() { pointers[place] = strdup(argument) }
      var count = CInt(arguments.count)
      var start = pointers.baseAddress
      return runDriver(&count, &start, fuzzRound)
    }
  }

  /// The name by which libFuzzer's own main, which is linked too but not run, would call it.
  @_cdecl("LLVMFuzzerTestOneInput")
  func fuzzRound(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    chosen(UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
  }

  @_silgen_name("LLVMFuzzerRunDriver")
  private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ round: FuzzerDriver.Round
  ) -> CInt
#else
  extension Fuzz {
    /// Runs a file, or each file of a folder in the order of their names.
    private static func replay(_ path: String, _ run: Target) {
      if let directory = opendir(path) {
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
          let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
          }
          if !name.hasPrefix(".") { names.append(name) }
        }
        for name in names.sorted() { replay(path + "/" + name, run) }
      } else {
        guard let bytes = contents(of: path) else { fail("cannot read \(path)") }
        bytes.withUnsafeBytes(run)
      }
    }

    private static func contents(of path: String) -> [UInt8]? {
      guard let stream = fopen(path, "r") else { return nil }
      defer { fclose(stream) }
      var bytes: [UInt8] = []
      var piece = [UInt8](repeating: 0, count: 64 << 10)
      while case let count = fread(&piece, 1, piece.count, stream), count > 0 {
        bytes.append(contentsOf: piece[..<count])
      }
      return bytes
    }
  }
#endif
