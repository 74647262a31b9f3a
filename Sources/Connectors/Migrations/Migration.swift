import Glibc

/// One step of the database's schema: a file `NNNN_name.sql` whose statements run in one
/// transaction. Names in it are not qualified: the schema is the migrator's choice. A file that has
/// been applied anywhere is never changed again; a change is a new file.
public struct Migration: Sendable, Equatable {
  /// Bytes of one file.
  public static let bytesMax = 1 << 20

  /// Counts from 1 without gaps.
  public let version: Int
  /// The file's name.
  public let file: String
  public let sql: String
}

extension Migration {
  /// All migrations of a folder in order. Tells every fault of the folder at once.
  public static func all(in folder: String) throws(MigrationError) -> [Migration] {
    var faults: [String] = []
    var migrations: [Migration] = []
    for name in try names(in: folder) {
      guard let version = version(of: name) else {
        faults.append("\(name): the name must be like 0001_what_it_makes.sql")
        continue
      }
      switch text(of: "\(folder)/\(name)") {
      case .success(let sql):
        migrations.append(Migration(version: version, file: name, sql: sql))
      case .failure(let fault): faults.append("\(name): \(fault.text)")
      }
    }
    for (place, migration) in migrations.enumerated() where migration.version != place + 1 {
      let expected = place + 1
      faults.append("\(migration.file): expected number \(expected), found \(migration.version)")
      break
    }
    if migrations.isEmpty, faults.isEmpty { faults.append("no .sql file") }
    guard faults.isEmpty else { throw .folder(folder, faults) }
    return migrations
  }

  /// The names of the SQL files, sorted.
  private static func names(in folder: String) throws(MigrationError) -> [String] {
    guard let directory = opendir(folder) else {
      throw .folder(folder, [String(cString: strerror(errno))])
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if name.hasSuffix(".sql"), !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  private static func version(of name: String) -> Int? {
    let digits = name.prefix { $0 != "_" }
    let isNumber = digits.utf8.count == 4 && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
    guard isNumber, name.utf8.count > "0001_.sql".utf8.count else { return nil }
    return Int(digits)
  }

  private struct Fault: Error { let text: String }

  private static func text(of path: String) -> Result<String, Fault> {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return .failure(Fault(text: String(cString: strerror(errno)))) }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: bytesMax + 1)
    var count = 0
    while count < bytes.count {
      let more = bytes.withUnsafeMutableBytes {
        read(descriptor, $0.baseAddress?.advanced(by: count), $0.count - count)
      }
      if more < 0 { return .failure(Fault(text: String(cString: strerror(errno)))) }
      if more == 0 { break }
      count += more
    }
    guard count <= bytesMax else { return .failure(Fault(text: "more than \(bytesMax) bytes")) }
    guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
      return .failure(Fault(text: "it is not UTF-8"))
    }
    return .success(text)
  }
}
