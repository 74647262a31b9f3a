import Glibc

/// Reading files that people name.
enum LocalFile {
  struct Fault: Error, CustomStringConvertible {
    let description: String
  }

  static func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Nil: there is no such file.
  static func bytes(of path: String, bytesMax: Int) throws(Fault) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw Fault(description: "cannot open it: \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while let piece = try read(descriptor, bytesMax: 64 << 10) {
      bytes += piece
      guard bytes.count <= bytesMax else {
        throw Fault(description: "it is larger than \(ByteCount.text(bytesMax))")
      }
    }
    return bytes
  }

  /// What is there of an open file, a pipe or a terminal; nil at the end. Blocks.
  static func read(_ descriptor: Int32, bytesMax: Int) throws(Fault) -> [UInt8]? {
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: bytesMax) { buffer, initialized in
      repeat {
        count = Glibc.read(descriptor, buffer.baseAddress, bytesMax)
      } while count < 0 && errno == EINTR
      initialized = max(count, 0)
    }
    if count < 0 {
      throw Fault(description: "cannot read it: \(String(cString: strerror(errno)))")
    }
    return count == 0 ? nil : bytes
  }
}
