/// A text as one word of a shell: in single quotes, unless it is made of harmless characters only.
public func shellQuoted(_ text: String) -> String {
  let isHarmless =
    !text.isEmpty
    && text.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
      default: "@%+=:,./-_".utf8.contains(byte)
      }
    }
  if isHarmless { return text }
  return "'"
    + text.split(separator: "'", omittingEmptySubsequences: false)
    .joined(separator: "'\"'\"'") + "'"
}
