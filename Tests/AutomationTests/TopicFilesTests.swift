import Automation
import Glibc
import Streams
import Testing
import YAML

/// The files of `topics/` and the code say the same, both ways.
@Suite struct TopicFilesTests {
  /// What a file says.
  private struct TopicFile {
    let fileName: String
    let root: YAMLNode

    func text(_ member: String) -> String? {
      if case .string(let text) = root[member]?.value { text } else { nil }
    }

    var number: Int? { if case .int(let number) = root["number"]?.value { number } else { nil } }
    var packing: Bool? {
      if case .bool(let isPacking) = root["packing"]?.value { isPacking } else { nil }
    }

    var members: [String] { Self.keys(of: root) }

    /// Names and versions of the CloudEvents types in the topic.
    var facts: [String: Int] {
      guard case .mapping(let pairs) = root["facts"]?.value else { return [:] }
      var facts: [String: Int] = [:]
      for pair in pairs {
        if case .string(let name) = pair.key.value, case .int(let version) = pair.value.value {
          facts[name] = version
        }
      }
      return facts
    }

    func texts(_ member: String) -> [String] {
      guard case .sequence(let items) = root[member]?.value else { return [] }
      return items.compactMap { if case .string(let text) = $0.value { text } else { nil } }
    }

    private static func keys(of node: YAMLNode) -> [String] {
      guard case .mapping(let pairs) = node.value else { return [] }
      return pairs.compactMap { if case .string(let key) = $0.key.value { key } else { nil } }
    }
  }

  private static let root = String(
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
      .joined(separator: "/"))

  private let files: [TopicFile]

  init() throws {
    files = try names(in: Self.root + "/topics").map { name in
      let stream = try YAMLStream(parsing: contents(of: Self.root + "/topics/" + name))
      return TopicFile(fileName: name, root: try stream.onlyDocument())
    }
  }

  @Test func `each topic has a file and each file a topic`() {
    #expect(files.map(\.fileName).sorted() == Topic.all.map { $0.name + ".yaml" }.sorted())
    for file in files { #expect(file.text("name").map { $0 + ".yaml" } == file.fileName) }
  }

  @Test(arguments: Topic.all)
  func `number, kind, packing and retention are the code's`(topic: Topic) throws {
    let file = try #require(files.first { $0.text("name") == topic.name })
    #expect(file.number == Int(topic.number))
    #expect(file.text("kind") == topic.kind.rawValue)
    #expect(file.packing == topic.packing)
    let retention =
      switch topic.retention {
      case .history: "90d"
      case .transport: "7d"
      case .forever: "forever"
      case .newest: "table"
      }
    #expect(file.text("retention") == retention)
  }

  @Test func `each file has every member and no other`() {
    for file in files {
      #expect(
        file.members == [
          "name", "number", "kind", "purpose", "key", "retention", "packing", "facts",
          "written_by", "read_by",
        ], "\(file.fileName)")
      #expect(file.text("key")?.isEmpty == false, "\(file.fileName)")
      #expect(!file.texts("written_by").isEmpty, "\(file.fileName)")
      #expect(!file.texts("read_by").isEmpty, "\(file.fileName)")
    }
  }

  @Test func `the purpose is one sentence`() {
    for file in files {
      let purpose = file.text("purpose") ?? ""
      #expect(purpose.hasSuffix(".") && purpose.count { $0 == "." } == 1, "\(file.fileName)")
    }
  }

  /// Only tables keep the newest record of each key.
  @Test func `retention suits the kind`() {
    for file in files where file.text("retention") == "table" {
      #expect(file.text("kind") == "table", "\(file.fileName)")
    }
  }

  @Test(arguments: Topic.all)
  func `the facts of a topic are those of the corpus`(topic: Topic) throws {
    let file = try #require(files.first { $0.text("name") == topic.name })
    // The pipeline's own are not public; an event is no fact of Petrel's making.
    let ofPipeline: Set<Topic> = [.events, .ticks, .checkpoints]
    guard !ofPipeline.contains(topic) else { return }
    let known = Set(FactExample.all.filter { $0.topic == topic }.map(\.type))
    #expect(Set(file.facts.keys) == known)
  }

  @Test func `the facts of all files are those that the code names`() {
    var named: Set<String> = []
    for path in swiftFiles(below: Self.root + "/Sources") {
      named.formUnion(typeNames(in: contents(of: path)))
    }
    // A piece of a value that is too large for a record: it stands in any topic.
    named.remove("petrel.Chunk")
    let described = files.flatMap(\.facts.keys)
    #expect(Set(described) == named)
    #expect(Set(described).count == described.count, "a type belongs to one topic")
    for file in files {
      for (name, version) in file.facts {
        #expect(version == Envelope.version, "\(name) in \(file.fileName)")
      }
    }
  }

  /// The CloudEvents types between quotes: `petrel.` and a name with a capital.
  private func typeNames(in text: String) -> Set<String> {
    let prefix = "petrel."
    return Set(
      text.split(separator: "\"").filter { part in
        part.hasPrefix(prefix) && part.dropFirst(prefix.count).first?.isUppercase == true
          && part.dropFirst(prefix.count).allSatisfy(\.isLetter)
      }.map(String.init))
  }
}

private func contents(of path: String) -> String {
  guard let stream = fopen(path, "r") else { return "" }
  defer { fclose(stream) }
  var bytes: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 64 << 10)
  while case let count = fread(&piece, 1, piece.count, stream), count > 0 {
    bytes.append(contentsOf: piece[..<count])
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// The names in a folder, but hidden ones, in their order; none if it is not there.
private func names(in folder: String) -> [String] {
  guard let directory = opendir(folder) else { return [] }
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if !name.hasPrefix(".") { names.append(name) }
  }
  return names.sorted()
}

private func swiftFiles(below folder: String) -> [String] {
  names(in: folder).flatMap { name in
    let path = folder + "/" + name
    return name.hasSuffix(".swift") ? [path] : swiftFiles(below: path)
  }
}
