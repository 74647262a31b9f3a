import Glibc

/// A file in the folder `Golden` beside a test: bytes as a release wrote them. They live in logs
/// for ever, so such a file is only ever added to.
public struct GoldenFile {
  /// The file's lines, without the ends of lines and without those that begin with `#`.
  public let lines: [String]

  /// `test` is the path of the test's source. Nil if the file cannot be read.
  public init?(_ name: String, beside test: String = #filePath) {
    let folder = test.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    guard let file = fopen("\(folder)/Golden/\(name)", "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
      bytes += buffer[..<count]
    }
    lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
      .filter { !$0.hasPrefix("#") }
  }
}
