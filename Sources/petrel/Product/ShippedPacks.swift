import API
import Connectors
import Streams
import Telemetry
import Threads

/// The packs that come with the program. They are registered at each start, which changes nothing
/// where they are as they were.
struct ShippedPacks: Sendable {
  /// In the order in which they need each other.
  private static let names = ["core", "demo"]

  let assets: Assets
  let store: PackStore
  let content: ContentFollower
  let logger: Logger

  func register() async throws {
    try await store.sweep()
    let disk = try ThreadExecutor(named: "shipped-packs")
    for name in Self.names {
      let bundle = try await disk.run { [assets] in
        try PackBundle(readingFolder: assets.pack(name))
      }
      let registration = try await store.register(bundle) { [content] () throws(LogError) in
        try await content.load()
        return content.content
      }
      if registration.isChanged { logger.info("registered a pack", ["pack": .text(name)]) }
    }
    try await content.load()
  }
}
