import Glibc

/// A folder that goes with its owner, and the files in it.
final class TemporaryFolder: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/http-server-XXXXXX".utf8CString)
    path = mkdtemp(&template).map { String(cString: $0) } ?? ""
  }

  deinit {
    for name in ["socket", "cert.pem", "key.pem"] { unlink(path + "/" + name) }
    rmdir(path)
  }
}
