import Automation
import Glibc
import JSON
import Testing

/// The packs that come with Petrel.
@Suite struct ShippedPacksTests {
  @Test func coreIsSound() throws {
    let (content, diagnostics) = checkPack(try files("core"))
    #expect(diagnostics == [])
    let core = try #require(content)
    #expect(
      core.actions.map(\.ref) == [
        "core.echo", "core.http", "core.local", "core.local_sudo", "core.noop",
      ])
    #expect(
      core.triggerTypes.map(\.ref) == [
        "core.st2.CronTimer", "core.st2.DateTimer", "core.st2.IntervalTimer",
        "core.st2.action.file_written", "core.st2.generic.actiontrigger",
        "core.st2.generic.inquiry",
        "core.st2.generic.notifytrigger", "core.st2.key_value_pair.create",
        "core.st2.key_value_pair.delete", "core.st2.key_value_pair.update",
        "core.st2.key_value_pair.value_change", "core.st2.sensor.process_exit",
        "core.st2.sensor.process_spawn", "core.st2.webhook",
      ])
    let webhook = try #require(core.triggerTypes.last)
    #expect(webhook.parametersSchema["properties"]?["url"]?["required"] == true)
    let sudo = try #require(core.actions[3].parameters["sudo"])
    #expect(sudo == ["default": true, "immutable": true])
    #expect(core.actions[0].parameters["cmd"]?["default"] == "echo \"{{message}}\"")
  }

  @Test func demoIsSoundBesideCore() throws {
    let core = try #require(checkPack(try files("core")).content)
    let (content, diagnostics) = checkPack(try files("demo"), beside: [core])
    #expect(diagnostics == [])
    let demo = try #require(content)
    #expect(demo.triggerTypes.map(\.key) == ["host"])
    #expect(
      demo.rules.map { "\($0.name) \($0.enabled) \($0.kind.rawValue)" } == [
        "file_unmatched true backstop", "greet_webhook true standard",
        "notify_critical true standard",
        "quiet_maintenance true standard", "restart_service false standard",
      ])
    #expect(demo.actions[0].parameters["token"]?["secret"] == true)
  }

  @Test func theirRecordsReadBack() throws {
    for name in ["core", "demo"] {
      let content = try #require(checkPack(try files(name)).content)
      #expect(Pack(json: content.pack.json) == content.pack)
      #expect(content.actions.allSatisfy { ActionDefinition(json: $0.json) == $0 })
      #expect(content.rules.allSatisfy { RuleDefinition(json: $0.json) == $0 })
      #expect(content.triggerTypes.allSatisfy { TriggerTypeDefinition(json: $0.json) == $0 })
    }
  }

  private func files(_ pack: String) throws -> PackFiles {
    let parts = #filePath.split(separator: "/").dropLast(4)
    let root = "/" + parts.joined(separator: "/") + "/packs/" + pack
    var files: [(path: String, bytes: [UInt8])] = []
    try collect(root, "", into: &files)
    return PackFiles(folder: pack, files: files)
  }

  private func collect(
    _ root: String, _ folder: String, into files: inout [(path: String, bytes: [UInt8])]
  ) throws {
    let directory = try #require(opendir("\(root)/\(folder)"))
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasPrefix(".") { continue }
      let path = folder.isEmpty ? name : "\(folder)/\(name)"
      if entry.pointee.d_type == UInt8(DT_DIR) {
        try collect(root, path, into: &files)
      } else {
        files.append((path, try contents(of: "\(root)/\(path)")))
      }
    }
  }

  private func contents(of path: String) throws -> [UInt8] {
    let file = try #require(fopen(path, "r"))
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }
}
