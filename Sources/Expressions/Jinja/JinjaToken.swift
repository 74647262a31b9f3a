/// A token of a template with the offset of its first byte in the template's text.
struct JinjaToken {
  enum Kind: Hashable {
    /// Text outside of all braces.
    case text(String)
    case outputBegin
    case outputEnd
    case name(String)
    case string(String)
    case int(Int)
    case double(Double)
    /// An operator or bracket, as written.
    case mark(String)
    case end
  }

  let kind: Kind
  let offset: Int

  /// For messages.
  var name: String {
    switch kind {
    case .text: "text"
    case .outputBegin: "'{{'"
    case .outputEnd: "'}}'"
    case .name(let name): "'\(name)'"
    case .string(let text): PythonPrinter.quoted(text)
    case .int(let value): "'\(value)'"
    case .double(let value): "'\(PythonNumbers.text(value))'"
    case .mark(let mark): "'\(mark)'"
    case .end: "the end"
    }
  }
}
