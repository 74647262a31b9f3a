import Connectors
import Glibc
import Postgres
import TestSupport
import Testing

/// A folder of migrations made for one test.
struct MigrationFolder {
  let path: String

  init(_ files: [String: String]) throws {
    var template = Array("/tmp/petrel-migrations-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw MigrationError.folder("/tmp", ["mkdtemp"]) }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    for (name, text) in files { try write(text, to: name) }
  }

  func write(_ text: String, to name: String) throws {
    guard let file = fopen("\(path)/\(name)", "w") else {
      throw MigrationError.folder(path, [name])
    }
    fputs(text, file)
    fclose(file)
  }

  func remove() throws {
    for migration in (try? Migration.all(in: path)) ?? [] { unlink("\(path)/\(migration.file)") }
    rmdir(path)
  }
}

@Suite struct MigrationFolderTests {
  @Test(arguments: [
    (["1_a.sql": ""], "1_a.sql: the name must be like 0001_what_it_makes.sql"),
    (["0001_.sql": ""], "0001_.sql: the name must be like 0001_what_it_makes.sql"),
    (["0001_a.sql": "", "0003_c.sql": ""], "0003_c.sql: expected number 2, found 3"),
    (["0001_a.sql": "", "0001_b.sql": ""], "0001_b.sql: expected number 2, found 1"),
    (["readme.txt": "x"], "no .sql file"),
    (
      ["0001_a.sql": String(repeating: "-", count: Migration.bytesMax + 1)],
      "0001_a.sql: more than 1048576 bytes"
    ),
  ])
  func faultsAreNamed(files: [String: String], expected: String) throws {
    let folder = try MigrationFolder(files)
    #expect(throws: MigrationError.folder(folder.path, [expected])) {
      try Migration.all(in: folder.path)
    }
  }

  @Test func aFileOfTheGreatestSizeIsRead() throws {
    let folder = try MigrationFolder([
      "0001_a.sql": String(repeating: "-", count: Migration.bytesMax)
    ])
    #expect(try Migration.all(in: folder.path).count == 1)
    try folder.remove()
  }

  @Test func aMissingFolderIsNamed() {
    #expect(throws: MigrationError.folder("/nonexistent", ["No such file or directory"])) {
      try Migration.all(in: "/nonexistent")
    }
  }
}

@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct MigratorTests {
  /// The migrations of the product.
  static let shipped =
    #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 }
    + "/migrations"

  @Test func theShippedOnesApplyOnceAndTwiceIsNothing() async throws {
    let conninfo = try await TestPostgres.database()
    let migrator = try Migrator(folder: Self.shipped)
    #expect(try await migrator.run(conninfo) == migrator.migrations.map(\.file))
    #expect(try await migrator.run(conninfo).isEmpty)
  }

  @Test func twoAtOnceApplyEachOnce() async throws {
    let conninfo = try await TestPostgres.database()
    let migrator = try Migrator(folder: Self.shipped)
    async let one = migrator.run(conninfo)
    async let other = migrator.run(conninfo)
    let applied = try await one + other
    #expect(applied.sorted() == migrator.migrations.map(\.file))
  }

  @Test func aNewFileIsAppliedToAnOldDatabase() async throws {
    let conninfo = try await TestPostgres.database()
    let folder = try MigrationFolder(["0001_a.sql": "CREATE TABLE a (n int)"])
    try await Migrator(folder: folder.path, schema: "odd \"name").run(conninfo)
    try folder.write("ALTER TABLE a ADD m int; CREATE TABLE b ()", to: "0002_b.sql")
    let applied = try await Migrator(folder: folder.path, schema: "odd \"name").run(conninfo)
    #expect(applied == ["0002_b.sql"])
    let options = PostgresOptions(schema: "odd \"name")
    let connection = try await PostgresConnection.connect(conninfo, options)
    try await connection.perform { session throws(PostgresError) in
      #expect(try session.query("SELECT m FROM a").isEmpty)
    }
    try folder.remove()
  }

  @Test func aChangedFileIsRefused() async throws {
    let conninfo = try await TestPostgres.database()
    let folder = try MigrationFolder(["0001_a.sql": "CREATE TABLE a ()"])
    try await Migrator(folder: folder.path).run(conninfo)
    try folder.write("CREATE TABLE a () ", to: "0001_a.sql")
    await #expect(throws: MigrationError.changed(file: "0001_a.sql")) {
      try await Migrator(folder: folder.path).run(conninfo)
    }
    try folder.remove()
  }

  @Test func aNewerDatabaseIsRefused() async throws {
    let conninfo = try await TestPostgres.database()
    let newer = try MigrationFolder([
      "0001_a.sql": "CREATE TABLE a ()", "0002_b.sql": "CREATE TABLE b ()",
    ])
    try await Migrator(folder: newer.path).run(conninfo)
    let older = try MigrationFolder(["0001_a.sql": "CREATE TABLE a ()"])
    await #expect(throws: MigrationError.newer(found: 2, known: 1)) {
      try await Migrator(folder: older.path).run(conninfo)
    }
    try newer.remove()
    try older.remove()
  }

  @Test func aFailingStatementIsPlacedAndItsFileUndone() async throws {
    let conninfo = try await TestPostgres.database()
    let folder = try MigrationFolder([
      "0001_a.sql": "CREATE TABLE a ()",
      "0002_b.sql": "CREATE TABLE b ();\n-- ä\nCREATE TABLE c (n nonsense)",
    ])
    let migrator = try Migrator(folder: folder.path)
    let error = await #expect(throws: MigrationError.self) { try await migrator.run(conninfo) }
    guard case .failed("0002_b.sql", 3, let fault)? = error else {
      Issue.record("expected a failure in line 3, found \(String(describing: error))")
      return
    }
    #expect(fault.message.contains("nonsense"))
    try folder.write("CREATE TABLE b ()", to: "0002_b.sql")
    #expect(try await Migrator(folder: folder.path).run(conninfo) == ["0002_b.sql"])
    try folder.remove()
  }

  @Test func aDatabaseThatIsAwayIsTold() async throws {
    let migrator = try Migrator(folder: Self.shipped)
    let error = await #expect(throws: MigrationError.self) {
      try await migrator.run("host=/nonexistent")
    }
    guard case .unavailable? = error else {
      Issue.record("found \(String(describing: error))")
      return
    }
  }
}
