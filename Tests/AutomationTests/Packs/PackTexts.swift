import Automation

/// A pack of texts with a sound `pack.yaml`, for tests of one file at a time.
enum PackTexts {
  static let metadata = """
    name: shop
    description: Things for tests
    version: 1.0.0
    author: Someone
    """

  static func files(_ texts: [String: String], folder: String = "shop") -> PackFiles {
    PackFiles(folder: folder, texts: texts.merging(["pack.yaml": metadata]) { given, _ in given })
  }

  /// What is said of a pack with these files, a line each.
  static func complaints(
    _ texts: [String: String], beside others: [PackContent] = [], limits: PackLimits = PackLimits()
  ) -> [String] {
    checkPack(files(texts), beside: others, limits: limits).diagnostics.map(\.description)
  }

  static func content(_ texts: [String: String]) -> PackContent? {
    checkPack(files(texts)).content
  }
}
