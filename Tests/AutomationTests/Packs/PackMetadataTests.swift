import Automation
import JSON
import Testing

@Suite struct PackMetadataTests {
  @Test func allThatAPackSays() throws {
    // given
    let files = PackTexts.files(
      [
        "pack.yaml": """
        ---
        ref: shop
        name: My Shop
        description: Sells things
        version: 2.10.3-rc.1
        author: A. Keeper
        email: keeper@example.org
        keywords: [shop, things]
        contributors: [B. Helper]
        stackstorm_version: ">=3.0.0, <4.0.0"
        python_versions: ["3"]
        dependencies: [store=1.0.0]
        """,
        "README.md": "",
      ], folder: "elsewhere")
    // when
    let (content, diagnostics) = checkPack(files)
    // then
    #expect(diagnostics.isEmpty)
    let pack = try #require(content).pack
    #expect(pack.ref == "shop" && pack.name == "My Shop" && pack.version == "2.10.3-rc.1")
    #expect(pack.files == ["README.md", "pack.yaml"])
    #expect(
      pack.json == [
        "ref": "shop", "name": "My Shop", "description": "Sells things", "version": "2.10.3-rc.1",
        "author": "A. Keeper", "email": "keeper@example.org", "keywords": ["shop", "things"],
        "contributors": ["B. Helper"], "stackstorm_version": ">=3.0.0, <4.0.0",
        "python_versions": ["3"], "dependencies": ["store=1.0.0"],
        "files": ["README.md", "pack.yaml"],
      ])
    #expect(Pack(json: pack.json) == pack)
    #expect(Pack(json: ["name": "x"]) == nil)
  }

  @Test(arguments: [
    ("name: other", "folder", "folder"), ("name: other", "My-Folder", "other"),
    ("name: other\nref: third", "folder", "third"),
  ]) func reference(text: String, folder: String, ref: String) {
    let metadata = "\(text)\ndescription: d\nversion: 1.0.0\nauthor: a"
    let files = PackTexts.files(["pack.yaml": metadata], folder: folder)
    #expect(checkPack(files).content?.pack.ref == ref)
  }

  @Test func everyMistakeAtOnce() {
    #expect(
      PackTexts.complaints([
        "pack.yaml": """
        ref: My-Shop
        name: shop
        descripton: typo
        version: one
        author: 5
        keywords: shop
        python_versions: [3]
        """
      ]) == [
        "pack.yaml:1:1: error: a pack needs 'description'",
        "pack.yaml:1:6: error: 'ref' must be lower-case letters, digits and '_', found 'My-Shop'"
          + " (such as 'my_shop')",
        "pack.yaml:3:1: warning: a pack has no key 'descripton'; it is ignored"
          + " (did you mean 'description'?)",
        "pack.yaml:4:10: error: 'version' must be text such as '1.2.3', found the text 'one'",
        "pack.yaml:5:9: error: 'author' must be text, found the number 5 (put it in quotes)",
        "pack.yaml:6:11: error: 'keywords' must be a list, found the text 'shop'",
        "pack.yaml:7:19: error: 'python_versions' must be text, found the number 3 (put it in quotes)",
      ])
  }

  @Test(arguments: [
    ("1.2.3", "1.2.3"), ("0.0.0+x", "0.0.0+x"), ("0.1", "0.1.0"), ("2", "2.0.0"),
    ("'0.10'", "0.10.0"),
  ]) func versions(text: String, version: String) {
    let metadata = "name: shop\ndescription: d\nversion: \(text)\nauthor: a"
    #expect(PackTexts.content(["pack.yaml": metadata])?.pack.version == version)
  }

  @Test(arguments: ["1.2.x", "1..2", "'1.'", "v1.2.3", "[1]", "1.2.3.4", "1.2-rc"])
  func noVersions(text: String) {
    let metadata = "name: shop\ndescription: d\nversion: \(text)\nauthor: a"
    #expect(PackTexts.content(["pack.yaml": metadata]) == nil)
  }

  @Test func noReferenceAnywhere() {
    let files = PackTexts.files(
      ["pack.yaml": "name: My Shop\ndescription: d\nversion: 1.0.0\nauthor: a"], folder: "My Shop")
    #expect(
      checkPack(files).diagnostics.map(\.description) == [
        "pack.yaml:1:1: error: a pack whose name 'My Shop' is no reference needs 'ref'"
          + " (such as 'my_shop')"
      ])
  }

  @Test func noPackAtAll() {
    let (content, diagnostics) = checkPack(PackFiles(folder: "x", texts: ["README.md": ""]))
    #expect(content == nil)
    #expect(
      diagnostics.map(\.description) == [
        "pack.yaml:1:1: error: there is no such file (a pack needs one with name, description,"
          + " version and author)"
      ])
  }
}
