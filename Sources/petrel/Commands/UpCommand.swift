import Arguments
import Glibc
import HTTPServer
import Runners
import Telemetry

/// `petrel up`: the product on its own.
struct UpCommand: Sendable {
  let program: Program
  let signals: StopSignals

  var command: Command {
    Command(
      "up", "Start the server: takes events in, decides, runs actions, answers",
      details: """
        Everything lies in the data folder; it is laid out when it is empty. Stop it with Ctrl-C or
        SIGTERM: what runs is finished first. A second signal ends it at once.
          petrel up --data ./data --listen 127.0.0.1:9101
        """
    ) { signature in
      let flags = ConfigurationFlags(in: &signature)
      return { values in
        let reading = program.configuration(values, flags: flags.texts(values))
        try program.report(reading)
        try await run(reading.configuration)
      }
    }
  }

  private func run(_ configuration: Configuration) async throws {
    signals.claim()
    raiseDescriptorLimit()
    let logger = Logger(
      LogOutput(
        form: LogOutput.Form(rawValue: configuration.logFormat) ?? .text,
        level: Level(rawValue: configuration.logLevel) ?? .info))
    let product = try await Product.open(configuration, .serving, logger)
    let stop = StopRequest()
    let watching = Task {
      _ = await signals.first()
      logger.info("stopping; a second signal ends it at once")
      stop.ask()
    }
    defer { watching.cancel() }
    try await product.run(until: stop) { addresses in
      say(addresses, product)
    }
  }

  private func say(_ addresses: [ListenAddress], _ product: Product) {
    var url = "http://\(product.configuration.listen)"
    for case .tcp(let host, let port) in addresses {
      url = host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)"
    }
    try? program.surroundings.output.put(Self.welcome(url: url, data: product.folder.path))
  }

  /// The last line is for a shell, whatever the folder's name.
  static func welcome(url: String, data: String) -> String {
    let event =
      #"{"trigger":"demo.alert","payload":{"host":"web1","severity":"critical","value":97}}"#
    return """
      Petrel listens on \(url); its data are in \(data)
      Try:   curl -d '\(event)' \(url)/api/v2/events
      Look:  petrel executions list --data \(shellQuoted(data))

      """
  }

  /// Connections, actions and files need descriptors: as many as the system lets us have.
  private func raiseDescriptorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = min(limit.rlim_max, 65_536)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
