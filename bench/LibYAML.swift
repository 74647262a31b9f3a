import CYAML

/// libyaml called as it is.
enum LibYAML {
  /// Reads all events of a text and drops them.
  static func events(of text: String) throws {
    var parser = yaml_parser_t()
    guard yaml_parser_initialize(&parser) == 1 else { throw BenchFailure("no parser of YAML") }
    defer { yaml_parser_delete(&parser) }
    let isWhole = Array(text.utf8).withUnsafeBufferPointer { bytes in
      yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
      while true {
        var event = yaml_event_t()
        guard yaml_parser_parse(&parser, &event) == 1 else { return false }
        let isEnd = event.type == YAML_STREAM_END_EVENT
        yaml_event_delete(&event)
        if isEnd { return true }
      }
    }
    guard isWhole else { throw BenchFailure("libyaml refuses the text") }
  }
}
