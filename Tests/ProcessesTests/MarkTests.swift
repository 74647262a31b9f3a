import Glibc
import TestSupport
import Testing

@testable import Processes

extension ProcessesTests {
  /// How trees are told apart.
  @Suite struct MarkTests {
    @Test func namesMakeMarks() {
      #expect(Mark("one") == Mark("one"))
      #expect(Mark("one") != Mark("two"))
      #expect(Mark(nil) != Mark(nil))
      #expect(!Mark("one").isOn(getpid()))
    }

    @Test func treesAreKeptApart() async throws {
      var one = shell("sleep 1000")
      one.mark = mark("one")
      var two = one
      two.mark = mark("two")
      let children = [try await Child.start(one), try await Child.start(two)]
      #expect(await ProcessTree.kill(marked: mark("one"), graceMs: 0).isEmpty)
      #expect(await children[0].wait().ending == .signalled(SIGKILL))
      #expect(ProcessTree.members(marked: mark("two")).contains(children[1].pid))
      children[1].stop(graceMs: 0)
      _ = await children[1].wait()
    }

    /// An engine within an engine: the hard limit is taken, the outer one still sees everything.
    @Test func innerTreesBelongToTheOuterOne() async throws {
      let outer = Mark(mark("outer"))
      var settings = shell("ulimit -S -x 5; sleep 1000")
      settings.mark = mark("outer")
      let child = try await Child.start(settings)
      await until { ProcessTree.members(outer).count == 2 }
      child.stop(graceMs: 0)
      _ = await child.wait()
      #expect(ProcessTree.members(outer).isEmpty)
    }
  }
}
