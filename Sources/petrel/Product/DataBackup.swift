import Calendar
import Connectors
import Crypto
import Glibc
import JSON
import Streams

/// A copy of a data folder: `log`, `packs`, `keys`, `petrel.yaml`, and `backup.json`, which says
/// where the log of the copy ends and is written last, so a copy without it is not finished. The
/// view's database is not in it: it is made from the log. All of it blocks.
struct DataBackup: Sendable {
  static let manifestName = "backup.json"
  static let configurationName = "petrel.yaml"
  private static let format = 1
  private static let manifestBytesMax = 64 << 10

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  let end: LogBackup.End
  let createdAt: Instant
  let hasKeys: Bool

  // MARK: - Making one

  /// Copies a data folder, whose server may run, into a folder that is empty or not there.
  static func make(
    of data: String, into target: String, withKeys: Bool, at now: Instant,
    _ note: @escaping (Int) -> Void
  ) throws -> DataBackup {
    let source = DataFolder(path: data)
    try prepare(target, 0o700)
    guard !isInside(target, of: data) else {
      rmdir(target)
      throw Failure(description: "\(target): it lies in the data folder; choose one outside of it")
    }
    let copy = DataFolder(path: target)
    // The log first: the files of the packs that it names were there before.
    let end = try LogBackup.copy(source.log, to: copy.log, note)
    let files = FolderCopy(note: note)
    // What begins with a dot is being written.
    try files.folder(source.packs, to: copy.packs) { !$0.hasPrefix(".") }
    if withKeys { try files.folder(source.keys, to: copy.keys) }
    try files.file("\(data)/\(configurationName)", to: "\(target)/\(configurationName)")
    let backup = DataBackup(end: end, createdAt: now, hasKeys: withKeys)
    try FolderCopy.sync(target)
    try FolderCopy.write(
      Array(backup.json.text(indent: 2).utf8), to: "\(target)/\(manifestName)")
    try FolderCopy.sync(target)
    return backup
  }

  /// Makes a folder, or refuses one in which something is.
  private static func prepare(_ path: String, _ mode: mode_t) throws {
    if mkdir(path, mode) == 0 { return }
    guard errno == EEXIST else {
      throw Failure(description: "\(path): \(String(cString: strerror(errno)))")
    }
    guard try FolderCopy.names(in: path).isEmpty else {
      throw Failure(description: "\(path): expected an empty folder or none, found files in it")
    }
  }

  private static func isInside(_ path: String, of folder: String) -> Bool {
    guard let inner = realpath(path, nil) else { return false }
    defer { free(inner) }
    guard let outer = realpath(folder, nil) else { return false }
    defer { free(outer) }
    return (String(cString: inner) + "/").hasPrefix(String(cString: outer) + "/")
  }

  // MARK: - Bringing it back

  /// Where a restored log is until it is known to be whole.
  private static let unfinishedLog = "/log.unfinished"

  /// Copies a finished backup into a data folder that is empty or not there, reads the whole log
  /// that has come to stand there, and gives it an incarnation of its own; returns that.
  static func restore(
    _ source: String, into data: String, at now: Instant, _ note: @escaping (Int) -> Void
  ) throws -> (backup: DataBackup, incarnation: String) {
    let backup = try DataBackup(readingFrom: source)
    try prepare(data, 0o711)
    let folder = try DataFolder.layOut(data)
    let copy = DataFolder(path: source)
    let files = FolderCopy(note: note)
    let unfinished = folder.path + unfinishedLog
    try files.folder(copy.log, to: unfinished)
    try files.folder(copy.packs, to: folder.packs)
    if backup.hasKeys { try files.folder(copy.keys, to: folder.keys) }
    try files.file("\(source)/\(configurationName)", to: "\(folder.path)/\(configurationName)")
    try backup.check(unfinished, source, note)
    let incarnation = try LogBackup.renew(unfinished, at: now)
    guard rename(unfinished, folder.log) == 0 else {
      throw Failure(description: "\(folder.log): \(String(cString: strerror(errno)))")
    }
    try FolderCopy.sync(folder.path)
    return (backup, incarnation)
  }

  private func check(_ log: String, _ source: String, _ note: (Int) -> Void) throws {
    let verification = try LogVerification(log)
    verification.run(note) { _ in }
    if let finding = verification.findings.first {
      throw Failure(
        description: "the backup is damaged: \(finding.file) row \(finding.row): \(finding.found); "
          + "'petrel log verify --data \(source)' tells all")
    }
    guard verification.lastRow == end.row, verification.lastHash == end.hash else {
      throw Failure(
        description: "the backup is damaged: its log ends with row \(verification.lastRow), "
          + "expected row \(end.row)")
    }
  }

  // MARK: - The manifest

  private init(end: LogBackup.End, createdAt: Instant, hasKeys: Bool) {
    self.end = end
    self.createdAt = createdAt
    self.hasKeys = hasKeys
  }

  private init(readingFrom source: String) throws {
    let path = "\(source)/\(Self.manifestName)"
    guard let bytes = try LocalFile.bytes(of: path, bytesMax: Self.manifestBytesMax) else {
      throw Failure(
        description: "\(source): there is no \(Self.manifestName) in it, so it is no backup or "
          + "one that was not finished")
    }
    guard let json = try? JSONValue(parsing: bytes), json["format"]?.intValue == Self.format,
      let incarnation = json["incarnation"]?.stringValue, let row = json["row"]?.intValue,
      let hash = json["hash"]?.stringValue.flatMap({ try? Hex.decode($0) }),
      let time = json["time"]?.stringValue.flatMap({ Instant(iso8601: $0) }),
      let created = json["created_at"]?.stringValue.flatMap({ Instant(iso8601: $0) }),
      let hasKeys = json["keys"]?.boolValue
    else {
      throw Failure(description: "\(path): expected what 'petrel backup' of this version writes")
    }
    end = LogBackup.End(incarnation: incarnation, row: Int64(row), hash: hash, time: time)
    createdAt = created
    self.hasKeys = hasKeys
  }

  var json: JSONValue {
    [
      "format": .int(Self.format), "version": .string(Program.version),
      "incarnation": .string(end.incarnation), "row": .int(Int(end.row)),
      "hash": .string(Hex.encode(end.hash)), "time": .string(end.time.iso8601),
      "created_at": .string(createdAt.iso8601), "keys": .bool(hasKeys),
    ]
  }
}
