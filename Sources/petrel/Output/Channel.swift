import Arguments
import Glibc

/// One of the program's two ways out, and what is at its other end.
struct Channel: Sendable {
  /// Nil where it is no terminal.
  let columnsMax: Int?
  let isColoured: Bool
  private let write: @Sendable ([UInt8]) throws(ExitCode) -> Void

  init(
    columnsMax: Int? = nil, isColoured: Bool = false,
    write: @escaping @Sendable ([UInt8]) throws(ExitCode) -> Void
  ) {
    self.columnsMax = columnsMax
    self.isColoured = isColoured
    self.write = write
  }

  /// - Parameter variables: `NO_COLOR` with any value but an empty one switches colours off, `TERM`
  ///   may say that there are none; `COLUMNS` wins over what the terminal says.
  init(descriptor: Int32, variables: [String: String]) {
    let isTerminal = isatty(descriptor) == 1
    let isBare = variables["TERM"] == "dumb" || !(variables["NO_COLOR"] ?? "").isEmpty
    self.init(
      columnsMax: isTerminal ? Self.columns(descriptor, variables) : nil,
      isColoured: isTerminal && !isBare
    ) { bytes throws(ExitCode) in try Self.write(bytes, to: descriptor) }
  }

  var isTerminal: Bool { columnsMax != nil }

  func put(_ text: String) throws(ExitCode) { try write(Array(text.utf8)) }
  func put(_ bytes: [UInt8]) throws(ExitCode) { try write(bytes) }
  func line(_ text: String) throws(ExitCode) { try put(text + "\n") }

  private static func columns(_ descriptor: Int32, _ variables: [String: String]) -> Int {
    if let text = variables["COLUMNS"], let columns = Int(text), (1...10_000).contains(columns) {
      return columns
    }
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// What a shell says of a program that a closed pipe ended: nobody reads, so nothing is said.
  private static let brokenPipe: Int32 = 141

  private static func write(_ bytes: [UInt8], to descriptor: Int32) throws(ExitCode) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        if errno == EPIPE { throw ExitCode(brokenPipe) }
        throw ExitCode(ExitCode.failure, "cannot write: \(String(cString: strerror(errno)))")
      }
      rest.removeFirst(count)
    }
  }
}
