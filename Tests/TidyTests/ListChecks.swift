/// A role that types play, and the list in which each of them must stand: what is not in the list
/// does not exist for the product.
struct RoleList {
  /// How the names of types and files end.
  let suffix: String
  /// Where those files are.
  let folder: String
  /// The type whose file holds the list.
  let list: String

  static let all = [
    RoleList(suffix: "Runner", folder: "Sources/Runners/", list: "Runners"),
    RoleList(suffix: "Projection", folder: "Sources/Connectors/", list: "Projections"),
  ]

  func violations(in files: [SourceFile]) -> [Violation] {
    let members = files.filter { file in
      file.path.hasPrefix(folder) && file.name.hasSuffix(suffix) && file.name != suffix
    }
    let holder = files.first { $0.path.hasPrefix(folder) && $0.name == list }
    let words = Set(holder?.words.joined().map { String($0.text) } ?? [])
    return members.filter { !words.contains($0.name) }.map { file in
      let place = holder?.path ?? "\(folder)\(list).swift, which is missing"
      return file.violation(0, "\(file.name) is not in the list of \(place); add one line there")
    }
  }
}
