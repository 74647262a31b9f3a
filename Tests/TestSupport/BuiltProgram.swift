import Glibc

/// The programs that are built with the tests and stand beside them.
public enum BuiltProgram {
  /// Nil: it was not built.
  public static func path(_ name: String) -> String? {
    guard let real = realpath("/proc/self/exe", nil) else { return nil }
    defer { free(real) }
    let folder = String(cString: real).split(separator: "/").dropLast().joined(separator: "/")
    return access("/\(folder)/\(name)", X_OK) == 0 ? "/\(folder)/\(name)" : nil
  }
}
