import Automation
import Curl
import JSON
import Runners
import TestSupport
import Testing

/// Which runners there are, and the simplest of them.
@Suite struct RunnerListTests {
  @Test func everyRunnerOfContentExists() throws {
    let names = Runners.all(try HTTPClient()).map { type(of: $0).name }
    #expect(names == ["noop", "local-shell-cmd", "local-shell-script", "http-request"])
  }

  @Test func noopSucceeds() async throws {
    let outcome = await NoopRunner().run(try job(action: ["note": "hi"]), output: Transcript())
    #expect(outcome.status == .succeeded)
    #expect(outcome.result == ["failed": false, "succeeded": true, "return_code": 0])
    #expect(!NoopRunner.hasSideEffects)
  }
}
