import Glibc

/// Makes the names in a folder durable; false with `errno` set.
func syncFolder(_ path: String) -> Bool {
  let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { return false }
  defer { close(descriptor) }
  return fsync(descriptor) == 0
}
