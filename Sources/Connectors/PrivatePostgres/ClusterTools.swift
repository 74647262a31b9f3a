import Glibc
import Processes

/// The programs of one installed version of PostgreSQL.
struct ClusterTools: Sendable, Equatable {
  /// The major version.
  let version: Int
  /// The folder of the programs.
  let folder: String

  var initdb: String { "\(folder)/initdb" }
  var postgres: String { "\(folder)/postgres" }

  /// Where Debian, Red Hat and an own build put them.
  private static let patterns = [
    "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin", "/usr/local/bin",
    "/usr/bin",
  ]
  private static let timeLimitMs = 10_000

  /// All installed versions, the newest first.
  static func installed(in folders: [String]? = nil) async throws(PrivatePostgresError)
    -> [ClusterTools]
  {
    var tools: [ClusterTools] = []
    for folder in folders ?? patterns.flatMap(matches) {
      guard access("\(folder)/initdb", X_OK) == 0, access("\(folder)/postgres", X_OK) == 0,
        let version = try await version("\(folder)/postgres"),
        !tools.contains(where: { $0.version == version })
      else { continue }
      tools.append(ClusterTools(version: version, folder: folder))
    }
    return tools.sorted { $0.version > $1.version }
  }

  /// The tools for data of a version, or the newest for new data.
  static func choose(
    _ installed: [ClusterTools], for folder: ClusterFolder
  ) throws(PrivatePostgresError) -> ClusterTools {
    guard let newest = installed.first else { throw .notInstalled }
    guard let version = folder.dataVersion else { return newest }
    guard let fitting = installed.first(where: { $0.version == version }) else {
      throw .versionMissing(
        data: folder.data, version: version, installed: installed.map(\.version))
    }
    return fitting
  }

  private static func matches(_ pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { place in
      found.gl_pathv[place].map { String(cString: $0) }
    }
  }

  /// From `postgres (PostgreSQL) 15.18 (Debian ...)`.
  private static func version(_ program: String) async throws(PrivatePostgresError) -> Int? {
    var settings = ProcessSettings(program, ["--version"])
    settings.timeLimitMs = timeLimitMs
    do {
      let words = try await Child.run(settings).stdout.text.split(separator: " ")
      return words.dropFirst(2).first.flatMap { Int($0.prefix { $0.isNumber }) }
    } catch .cancelled {
      throw .cancelled
    } catch {
      return nil
    }
  }
}
