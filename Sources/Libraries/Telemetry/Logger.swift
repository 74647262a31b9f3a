/// Writes log lines with the fields that it carries. A struct to hand down: `log.with(["lane":
/// .int(7)])` gives one whose fields are rendered once. A line below the level costs one load of an
/// atomic; message and fields are then not evaluated. Texts are cut at 4096 bytes and a line takes
/// no more fields after 64 KiB; control characters are escaped, so that what is logged can neither
/// forge lines nor steer a terminal. Secrets are the caller's to leave out.
public struct Logger: Sendable {
  public let output: LogOutput
  private var fields: [UInt8] = []

  public init(_ output: LogOutput = LogOutput()) { self.output = output }

  /// A logger that adds these fields to each line, after those of this one.
  public func with(_ more: KeyValuePairs<String, Field>) -> Logger {
    var line = LogLine(output.form, bytes: fields)
    for (name, value) in more { line.append(name, value) }
    var logger = self
    logger.fields = line.bytes
    return logger
  }

  @inline(__always)
  public func debug(
    _ message: @autoclosure () -> String,
    _ fields: @autoclosure () -> KeyValuePairs<String, Field> = [:]
  ) {
    log(.debug, message(), fields())
  }

  @inline(__always)
  public func info(
    _ message: @autoclosure () -> String,
    _ fields: @autoclosure () -> KeyValuePairs<String, Field> = [:]
  ) {
    log(.info, message(), fields())
  }

  @inline(__always)
  public func warning(
    _ message: @autoclosure () -> String,
    _ fields: @autoclosure () -> KeyValuePairs<String, Field> = [:]
  ) {
    log(.warning, message(), fields())
  }

  @inline(__always)
  public func error(
    _ message: @autoclosure () -> String,
    _ fields: @autoclosure () -> KeyValuePairs<String, Field> = [:]
  ) {
    log(.error, message(), fields())
  }

  @inline(__always)
  public func log(
    _ level: Level, _ message: @autoclosure () -> String,
    _ fields: @autoclosure () -> KeyValuePairs<String, Field> = [:]
  ) {
    if output.takes(level) { write(level, message(), fields()) }
  }

  @inline(never)
  private func write(_ level: Level, _ message: String, _ more: KeyValuePairs<String, Field>) {
    var line = LogLine(output.form)
    line.begin(level, message, isColoured: output.isColoured)
    line.append(rendered: fields)
    for (name, value) in more { line.append(name, value) }
    output.write(line.finished())
  }
}
