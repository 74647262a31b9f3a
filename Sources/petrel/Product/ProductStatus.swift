import API
import Calendar
import Connectors
import Glibc
import Runners

/// What the API says of the product that it belongs to.
struct ProductStatus: StatusSource {
  private let product: Product

  init(_ product: Product) { self.product = product }

  func waitingFor() async -> [String] {
    var waiting: [String] = []
    if await !product.keeper.isAnswering() {
      let why = product.postgres?.problem.map { ": \($0)" } ?? ""
      waiting.append("the database of the view" + why)
    }
    if product.space.isLow { waiting.append("space on the disk") }
    return waiting
  }

  func snapshot() async -> SystemSnapshot {
    var snapshot = SystemSnapshot(
      version: Program.version, startedAt: product.startedAt, dataPath: product.folder.path)
    snapshot.freeBytes = product.space.freeBytes
    (snapshot.logBytes, snapshot.segmentCount) = Self.size(of: product.folder.log)
    snapshot.running = product.worker?.running ?? 0
    snapshot.slots = product.worker == nil ? 0 : product.configuration.workerSlots
    snapshot.postgresMode = product.postgres == nil ? .given : .ownCluster
    snapshot.isPostgresReady = await product.keeper.isAnswering()
    snapshot.viewProblems = product.keeper.problems
    snapshot.projected = product.keeper.projected
    return snapshot
  }

  /// Bytes of a log's folder, and how many segments it has.
  private static func size(of folder: String) -> (bytes: Int, segments: Int) {
    guard let handle = opendir(folder) else { return (0, 0) }
    defer { closedir(handle) }
    var (bytes, segments) = (0, 0)
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      var status = stat()
      guard stat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        continue
      }
      bytes += Int(status.st_size)
      if name.hasSuffix(".sqlite") { segments += 1 }
    }
    return (bytes, segments)
  }
}

/// Where nothing runs that could decide, nothing is taken in.
struct NothingTaken: SpaceWatch {
  var isLow: Bool { true }
  var refusal: String {
    "no server runs here: a reading command has the folder for a moment; start one with 'petrel up'"
  }
}
