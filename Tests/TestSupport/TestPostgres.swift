import Glibc
public import Postgres
import Threads

/// A private PostgreSQL cluster for this test process, started with the first test that asks for
/// it. A shell holds it; when the process ends, however it does, the shell's input ends, and it
/// stops the server and removes the folder.
public enum TestPostgres {
  public static let missing = "PostgreSQL is not installed: apt-get install postgresql"

  public static var isInstalled: Bool { !bin.isEmpty }

  /// `/usr/lib/postgresql/15/bin` of the newest version; empty for none.
  public static let bin: String = {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob("/usr/lib/postgresql/*/bin/initdb", 0, nil, &found) == 0 else { return "" }
    let paths = (0..<Int(found.gl_pathc)).compactMap {
      found.gl_pathv[$0].map { String(cString: $0) }
    }
    let newest = paths.max { version($0) < version($1) } ?? ""
    return String(newest.dropLast("/initdb".count))
  }()

  private static func version(_ path: String) -> Int {
    path.split(separator: "/").compactMap { Int($0) }.first ?? 0
  }

  private static let started = Task { try await start() }

  /// The connection string of a database of its own for one test.
  public static func database() async throws -> String {
    let server = try await started.value
    let name = "test_\(UInt64.random(in: 0 ... .max))"
    let connection = try await PostgresConnection.connect("\(server) dbname=postgres")
    try await connection.perform { session throws(PostgresError) in
      try session.execute("CREATE DATABASE \(name)")
    }
    return "\(server) dbname=\(name)"
  }

  public static func connect(_ options: PostgresOptions = PostgresOptions()) async throws
    -> PostgresConnection
  {
    try await .connect(database(), options)
  }

  struct StartError: Error {
    let text: String
  }

  private static func start() async throws -> String {
    try await ThreadExecutor(named: "cluster").run {
      var template = Array("/tmp/petrel-test-XXXXXX".utf8CString)
      guard mkdtemp(&template) != nil else { throw StartError(text: "mkdtemp") }
      let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
      guard mkfifo("\(folder)/told", 0o600) == 0 else { throw StartError(text: "mkfifo") }
      guard popen("PG=\(bin) dir=\(folder); \(script)", "w") != nil else {
        throw StartError(text: "popen")
      }
      // Opens when the shell has something to say.
      let told = open("\(folder)/told", O_RDONLY | O_CLOEXEC)
      var answer = [UInt8](repeating: 0, count: 4096)
      let count = read(told, &answer, answer.count)
      close(told)
      let text = String(decoding: answer.prefix(max(0, count)), as: UTF8.self)
      guard text.hasPrefix("ready") else { throw StartError(text: text) }
      return "host=\(folder)/socket user=petrel"
    }
  }

  private static let script = """
    if [ "$(id -u)" = 0 ]; then
      as="setpriv --reuid=postgres --regid=postgres --clear-groups --no-new-privs"
      own="-o postgres -g postgres"; chmod 711 $dir
    fi
    install -d -m 700 $own $dir/data $dir/socket
    cd /; exec >$dir/log 2>&1
    fail() { tail -5 $dir/log >$dir/told; rm -rf $dir; exit 1; }
    $as $PG/initdb -D $dir/data -U petrel -E UTF8 --locale=C.UTF-8 -A trust -N >&2 || fail
    $as $PG/postgres -D $dir/data -c listen_addresses= -c unix_socket_directories=$dir/socket \
      -c fsync=off -c max_connections=400 & pid=$!
    trap '' INT TERM HUP
    until psql -q -h $dir/socket -U petrel postgres -c 'SELECT 1' >/dev/null 2>&1; do
      kill -0 $pid || fail; sleep 0.02
    done
    echo ready >$dir/told
    while read -r line; do :; done
    kill -INT $pid; wait $pid; rm -rf $dir
    """
}
