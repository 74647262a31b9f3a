import CSQLite
import Glibc
import TestSupport
import Threads

/// A disk below SQLite that fails syncs when it is told to, as Linux does: what was written before
/// is forgotten, though it can still be read, and the next sync claims success. It knows for every
/// file in one folder what a loss of power would leave of it.
final class FaultyDisk: Sendable {
  private let folder: String

  /// Files in this folder and below are watched as long as this lives.
  init(_ folder: String) {
    self.folder = folder
    _ = registered
    disks.withLock { $0[folder] = Content() }
  }

  deinit { disks.withLock { $0[folder] = nil } }

  /// The next so many syncs of files with names that end so fail.
  func failSyncs(_ count: Int, of suffix: String) {
    disks.withLock { $0[folder]?.failing[suffix] = count }
  }

  /// How many syncs are yet to fail.
  var failuresLeft: Int { disks.withLock { $0[folder]?.failing.values.reduce(0, +) ?? 0 } }

  /// Every file's path with what a loss of power would leave.
  var durable: [String: [UInt8]] {
    disks.withLock { $0[folder]?.files.mapValues(\.durable) ?? [:] }
  }

  /// Every file's path with what a loss of power might leave: of what was not synced some sectors,
  /// whichever the disk wrote before.
  func image(_ random: inout SplitMix) -> [String: [UInt8]] {
    let files = disks.withLock { $0[folder]?.files ?? [:] }
    var image: [String: [UInt8]] = [:]
    for (path, file) in files.sorted(by: { $0.key < $1.key }) {
      image[path] = file.torn(&random)
    }
    return image
  }
}

private struct Content {
  enum Change {
    case write(place: Int, bytes: [UInt8])
    case truncate(size: Int)
  }
  struct File {
    var durable: [UInt8] = []
    /// What was changed and not synced yet.
    var dirty: [Change] = []

    mutating func apply(_ change: Change) {
      switch change {
      case .truncate(let size): durable = Array(durable.prefix(size))
      case .write(let place, let bytes):
        let end = place + bytes.count
        if durable.count < end {
          durable += [UInt8](repeating: 0, count: end - durable.count)
        }
        durable.replaceSubrange(place..<end, with: bytes)
      }
    }

    /// With some of the unsynced changes, each of them whole, in part or not at all.
    func torn(_ random: inout SplitMix) -> [UInt8] {
      var left = self
      for change in dirty {
        // Often all of it, often nothing: the ends are where mistakes are.
        let share = [0, 25, 50, 75, 100][random.below(5)]
        switch change {
        case .truncate where random.below(100) < share: left.apply(change)
        case .truncate: continue
        case .write(let place, let bytes):
          for start in stride(from: 0, to: bytes.count, by: Self.sectorBytes)
          where random.below(100) < share {
            let sector = bytes[start..<min(start + Self.sectorBytes, bytes.count)]
            left.apply(.write(place: place + start, bytes: Array(sector)))
          }
        }
      }
      return left.durable
    }

    private static let sectorBytes = 512
  }
  var files: [String: File] = [:]
  /// How many syncs of files with such an ending are to fail.
  var failing: [String: Int] = [:]

  /// False if the sync fails.
  mutating func sync(_ path: String) -> Bool {
    guard var file = files.removeValue(forKey: path) else { return true }
    defer { files[path] = file }
    let changes = file.dirty
    file.dirty = []
    for (suffix, count) in failing where path.hasSuffix(suffix) && count > 0 {
      failing[suffix] = count - 1
      return false
    }
    for change in changes { file.apply(change) }
    return true
  }
}

private struct OpenFile {
  let folder: String
  let path: String
}

private let disks = Locked<[String: Content]>([:])
private let openFiles = Locked<[UInt: OpenFile]>([:])

/// What SQLite's own file system does.
private nonisolated(unsafe) let original = sqlite3_vfs_find(nil)!
/// Where the methods of its files stand.
private let originalMethods = Locked<UInt>(0)

/// The file system that watches, as the one SQLite takes by default; files elsewhere pass through.
private let registered: Bool = {
  let watching = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
  watching.initialize(to: original.pointee)
  watching.pointee.pNext = nil
  watching.pointee.zName = UnsafePointer(strdup("watching"))
  watching.pointee.xOpen = { _, name, file, flags, outFlags in
    let code = original.pointee.xOpen(original, name, file, flags, outFlags)
    guard code == SQLITE_OK, let name, let file else { return code }
    watch(file, String(cString: name))
    return code
  }
  watching.pointee.xDelete = { _, name, mustSync in
    let code = original.pointee.xDelete(original, name, mustSync)
    if let name, code == SQLITE_OK {
      let path = String(cString: name)
      disks.withLock { disks in
        for folder in disks.keys where path.hasPrefix(folder) { disks[folder]?.files[path] = nil }
      }
    }
    return code
  }
  return sqlite3_vfs_register(watching, 1) == SQLITE_OK
}()

private func watch(_ file: UnsafeMutablePointer<sqlite3_file>, _ path: String) {
  let folder = disks.withLock { disks -> String? in
    guard let folder = disks.keys.first(where: { path.hasPrefix($0) }) else { return nil }
    if disks[folder]?.files[path] == nil { disks[folder]?.files[path] = Content.File() }
    return folder
  }
  guard let folder, let own = file.pointee.pMethods else { return }
  openFiles.withLock {
    $0[UInt(bitPattern: file)] = OpenFile(folder: folder, path: path)
  }
  let address = UInt(bitPattern: own)
  originalMethods.withLock { $0 = address }
  file.pointee.pMethods = UnsafePointer(watchingMethods)
}

/// As SQLite's own, but for what changes a file. All watched files are of one kind.
private nonisolated(unsafe) let watchingMethods: UnsafeMutablePointer<sqlite3_io_methods> = {
  let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
  methods.initialize(to: own.pointee)
  methods.pointee.xWrite = { file, bytes, count, place in
    let code = own.pointee.xWrite(file, bytes, count, place)
    if code == SQLITE_OK, let bytes {
      let written = Array(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
      change(file) { $0.files[$1]?.dirty.append(.write(place: Int(place), bytes: written)) }
    }
    return code
  }
  methods.pointee.xTruncate = { file, size in
    let code = own.pointee.xTruncate(file, size)
    if code == SQLITE_OK { change(file) { $0.files[$1]?.dirty.append(.truncate(size: Int(size))) } }
    return code
  }
  methods.pointee.xSync = { file, flags in
    let code = own.pointee.xSync(file, flags)
    let isDone = change(file) { $0.sync($1) } ?? true
    return isDone ? code : SQLITE_IOERR | 4 << 8
  }
  methods.pointee.xClose = { file in
    openFiles.withLock { $0[UInt(bitPattern: file)] = nil }
    return own.pointee.xClose(file)
  }
  return methods
}()

/// The methods of SQLite's own files.
private var own: UnsafePointer<sqlite3_io_methods> {
  UnsafePointer(bitPattern: originalMethods.withLock { $0 })!
}

@discardableResult
private func change<Result>(
  _ file: UnsafeMutablePointer<sqlite3_file>?, _ body: (inout Content, String) -> Result
) -> Result? {
  guard let place = openFiles.withLock({ $0[UInt(bitPattern: file)] }) else { return nil }
  return disks.withLock { disks in
    guard var content = disks.removeValue(forKey: place.folder) else { return nil }
    defer { disks[place.folder] = content }
    return body(&content, place.path)
  }
}
