import Glibc

/// How much the long tests do. Small numbers by default; the environment says others.
enum Scale {
  /// Ends of the whole program, `KILLS`.
  static let kills = count("KILLS", small: 100)
  /// Calls of the system that fail, `POINTS`; `all` for each one there is.
  static let points = count("POINTS", small: 110)
  /// Ends at one position, `ENDS`.
  static let ends = count("ENDS", small: 1_000)
  /// What random choices are drawn from, `SEED`.
  static let seed = count("SEED", small: 1)

  private static func count(_ name: String, small: Int) -> Int {
    guard let text = getenv(name).map({ String(cString: $0) }), !text.isEmpty else { return small }
    return text == "all" ? .max : Int(text) ?? small
  }
}
