public import Automation
public import Curl

/// The runners of this release. A runner that is not in this list does not exist for content.
public enum Runners {
  public static func all(_ client: HTTPClient) -> [any Runner] {
    [
      NoopRunner(), LocalShellCommandRunner(), LocalShellScriptRunner(),
      HTTPRequestRunner(client),
    ]
  }
}
