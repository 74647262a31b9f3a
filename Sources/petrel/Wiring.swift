import Automation
import Connectors
import JSON

/// Joins the commands to the rooms that hold the engine.
extension Hooks {
  static let wired = Hooks(
    readOffline: nil,
    packFiles: { folder in
      try PackBundle(readingFolder: folder).files.map { file in
        PackFile(path: file.path, isExecutable: file.isExecutable, bytes: file.bytes)
      }
    },
    packCheck: { folder in
      checkPack(try PackBundle(readingFolder: folder).packFiles).diagnostics.map(\.json)
    })
}
