import Arguments
import Calendar
import JSON

/// `petrel run`: asks for an execution, shows its output while it comes, and its result.
struct RunCommand {
  let program: Program

  var command: Command {
    Command(
      "run", "Run an action and show what it does",
      details: """
        Values are texts that the server casts to the parameter's type; behind := stands JSON. \
        Ends with 0 if the action succeeded, else with 1. Keep secrets out of the command line: \
        give them in a file.
          petrel run core.local cmd='uptime'
          petrel run demo.restart host=db1 retries:=3 tags:='["a","b"]'
          petrel run core.http --parameters request.json --async
        """
    ) { c in
      let action = c.argument("action", String.self, "pack.name")
      let pairs = c.rest("key=value", String.self, "Parameters of the action")
      let file = c.optional(
        "parameters", nil, String.self,
        "A file with an object of parameters, or - for standard input")
      let user = c.optional("user", nil, String.self, "Who asks, as the audit view shows it")
      let isAsync = c.flag("async", nil, "Do not wait: print the execution's id")
      let format = OutputOptions(in: &c)
      let connection = ConnectionOptions(in: &c)
      return { [program] values in
        let parameters = try RunParameters.read(pairs: values[pairs], file: values[file])
        var request: JSONObject = [
          "action": .string(values[action]), "parameters": .object(parameters),
        ]
        if let user = values[user] { request["user"] = .string(user) }
        let output = program.output(values, format)
        let isAsync = values[isAsync]
        try await program.withClient(values, connection, .changing) { client in
          let reply = try await client.send("POST", "/api/v1/executions", json: .object(request))
          let id = try reply.json().shown("id")
          guard !id.isEmpty else { throw ClientError.garbled("the server named no execution") }
          if isAsync { return try output.isJSON ? output.json(reply.body) : output.line(id) }
          try await RunFollower(client, id: id, output, program.surroundings.errors).follow()
        }
      }
    }
  }
}

/// `k=v` and `k:=json` to an object.
enum RunParameters {
  static let fileBytesMax = 16 << 20

  /// - Parameter file: its members come first, pairs win over them.
  static func read(pairs: [String], file: String?) throws -> JSONObject {
    var result = JSONObject()
    if let file { result = try object(inFile: file) }
    var given: Set<String> = []
    for pair in pairs {
      let (name, value) = try read(pair)
      guard given.insert(name).inserted else {
        throw ArgumentsError.usage("'\(name)' is given twice")
      }
      result[name] = value
    }
    return result
  }

  static func read(_ pair: String) throws -> (name: String, value: JSONValue) {
    guard let equals = pair.firstIndex(of: "="), equals != pair.startIndex else {
      throw ArgumentsError.usage("expected key=value or key:=json, found '\(pair)'")
    }
    let name = pair[..<equals]
    let text = String(pair[pair.index(after: equals)...])
    guard name.hasSuffix(":") else { return (String(name), .string(text)) }
    let key = String(name.dropLast())
    guard !key.isEmpty else {
      throw ArgumentsError.usage("expected key:=json, found '\(pair)'")
    }
    do { return (key, try JSONValue(parsing: text)) } catch {
      throw ArgumentsError.usage(
        "\(key): expected JSON behind ':=', found '\(text)': \(error.message)")
    }
  }

  private static func object(inFile path: String) throws -> JSONObject {
    var bytes: [UInt8]? = []
    do {
      if path == "-" {
        while let piece = try LocalFile.read(0, bytesMax: 64 << 10) {
          bytes?.append(contentsOf: piece)
          guard bytes?.count ?? 0 <= fileBytesMax else {
            throw LocalFile.Fault(description: "it is larger than \(ByteCount.text(fileBytesMax))")
          }
        }
      } else {
        bytes = try LocalFile.bytes(of: path, bytesMax: fileBytesMax)
      }
    } catch {
      throw ExitCode(ExitCode.failure, "\(path): \(error)")
    }
    guard let bytes else { throw ExitCode(ExitCode.failure, "\(path): there is no such file") }
    do {
      let limits = JSONLimits(bytesMax: fileBytesMax)
      let value = try JSONValue(parsing: bytes, limits: limits)
      guard let object = value.objectValue else {
        throw ExitCode(
          ExitCode.failure, "\(path): expected an object of parameters, found \(value.kindName)")
      }
      return object
    } catch let error as JSONError {
      throw ExitCode(
        ExitCode.failure, "\(path):\(error.line):\(error.column): \(error.message)")
    }
  }
}
