import Automation
import Connectors
import Glibc
import Streams

/// A process that ends badly on purpose, at a position that it entered on a page of traps.
/// Usage: trap-probe PAGE OFFSET WAY, or trap-probe PAGE LOG stalls|calm
@main struct TrapProbe {
  static func main() async throws {
    let arguments = CommandLine.arguments
    if arguments.count == 4, ["stalls", "calm"].contains(arguments[3]) {
      return try await ProbedPipeline(page: arguments[1], log: arguments[2])
        .run(stalls: arguments[3] == "stalls")
    }
    guard arguments.count == 4, let offset = Int64(arguments[2]) else {
      print("usage: trap-probe PAGE OFFSET WAY, or trap-probe PAGE LOG stalls|calm")
      exit(2)
    }
    let page = try TrapPage(path: arguments[1])
    let position = Position(Partition(.events, 3), offset: offset)
    guard arguments[3] != "task" else { trapInTask(page, position) }
    page.enter(position)
    switch arguments[3] {
    case "index": print([1, 2, 3][arguments.count])
    case "overflow": print(Int8(truncatingIfNeeded: arguments.count) + Int8.max)
    case "address": UnsafeMutablePointer<Int>(bitPattern: arguments.count)!.pointee = 1
    case "stack": print(depth(of: arguments.count))
    case "abort": abort()
    case "kill": raise(SIGKILL)
    case "wait": wait()
    case "leave":
      page.leave()
      abort()
    default: exit(2)
    }
  }

  /// As a pipeline does: on a thread of the pool, which no one prepared for it.
  private static func trapInTask(_ page: TrapPage, _ position: Position) -> Never {
    Task.detached {
      page.enter(position)
      print(depth(of: CommandLine.arguments.count))
    }
    while true { pause() }
  }

  /// Recurses until the stack is full.
  private static func depth(of start: Int) -> Int {
    start == 0 ? 0 : depth(of: start + 1) + start
  }

  /// Says that it is there, and waits to be killed.
  private static func wait() {
    _ = write(STDOUT_FILENO, "ready", 5)
    while true { pause() }
  }
}
