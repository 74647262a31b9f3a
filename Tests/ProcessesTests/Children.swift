import Glibc
import Processes
import TestSupport
import Testing

/// All tests of this target run one after another: they load the machine. What looks at or changes
/// the whole process runs in one of its own.
@Suite(.serialized) enum ProcessesTests {}

/// Settings for a shell text.
func shell(_ text: String) -> ProcessSettings {
  ProcessSettings("/bin/sh", ["-c", text], environment: ["PATH": "/usr/bin:/bin"])
}

/// A mark that no other test process uses.
func mark(_ name: String) -> String { "\(name) \(getpid())" }

typealias Transcript = TestSupport.Transcript<OutputStream>

extension TestSupport.Transcript<OutputStream> {
  /// What came on the standard output.
  func text() -> String { text(.stdout) }

  /// Waits until the child has written the text to its standard output.
  func waitFor(_ text: String) async { await until { self.text().contains(text) } }
}

/// A file that is gone with the test.
final class TemporaryFile {
  let path: String

  init(_ text: String = "", mode: mode_t = 0o755) {
    var template = Array("/tmp/processes-test-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    _ = text.withCString { write(descriptor, $0, strlen($0)) }
    fchmod(descriptor, mode)
    close(descriptor)
  }

  deinit { unlink(path) }
}

let isRoot = geteuid() == 0

/// Whether this process has any child, ended ones that nobody took note of included.
func hasChildren() -> Bool {
  var anyChild = siginfo_t()
  return waitid(P_ALL, 0, &anyChild, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD
}
