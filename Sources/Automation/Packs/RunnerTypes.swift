import JSON

/// The parameters that each runner has, as StackStorm's runner types have them: an action sets or
/// hides them, and what it does not set keeps the default here.
extension RunnerType {
  static let noop = RunnerType("noop", "Does nothing and succeeds")

  static let localShellCommand = RunnerType(
    "local-shell-cmd", "Runs a shell command on this machine",
    parameters: [
      "cmd": ["type": "string", "description": "The command line, run by the shell"],
      "cwd": ["type": "string", "description": "The folder to run it in"],
      "env": ["type": "object", "description": "Environment variables to add"],
      "kwarg_op": kwargOperator, "sudo": sudo, "sudo_password": sudoPassword, "timeout": timeout,
    ])

  static let localShellScript = RunnerType(
    "local-shell-script", "Runs a script of the pack on this machine", needsEntryPoint: true,
    parameters: [
      "debug": [
        "type": "boolean", "default": false, "required": false,
        "description": "Tell more about how the script is run",
      ],
      "content_version": [
        "type": "string", "required": false,
        "description": "The git revision of the pack to take the script from",
      ],
      "cwd": ["type": "string", "description": "The folder to run it in"],
      "env": ["type": "object", "description": "Environment variables to add"],
      "kwarg_op": kwargOperator, "sudo": sudo, "sudo_password": sudoPassword, "timeout": timeout,
    ])

  static let httpRequest = RunnerType(
    "http-request", "Sends an HTTP request",
    parameters: [
      "url": ["type": "string", "required": true, "description": "Where to send it"],
      "headers": ["type": "object", "description": "Headers to send"],
      "cookies": ["type": "object", "description": "Cookies to send"],
      "username": ["type": "string", "description": "The name for basic authentication"],
      "password": [
        "type": "string", "secret": true, "description": "The password for basic authentication",
      ],
      "http_proxy": ["type": "string", "description": "The proxy for http URLs, as a URL"],
      "https_proxy": ["type": "string", "description": "The proxy for https URLs, as a URL"],
      "allow_redirects": [
        "type": "boolean", "default": false, "description": "Follow redirects of every method",
      ],
      "verify_ssl_cert": [
        "type": "boolean", "default": true, "description": "Check the server's certificate",
      ],
      "url_hosts_blacklist": hosts("Hosts that must not be asked"),
      "url_hosts_whitelist": hosts("The only hosts that may be asked"),
    ],
    outputKey: "body",
    outputSchema: [
      "type": "object",
      "properties": [
        "status_code": ["type": "integer"],
        "body": [
          "anyOf": .array(
            ["object", "string", "integer", "number", "boolean", "array", "null"].map {
              ["type": .string($0)]
            })
        ],
        "parsed": ["type": "boolean"],
        "headers": ["type": "object"],
      ],
      "additionalProperties": false,
    ])

  private static let kwargOperator: JSONValue = [
    "type": "string", "default": "--",
    "description": "What stands before the name of a named argument, such as -- or -",
  ]

  private static let sudo: JSONValue = [
    "type": "boolean", "default": false, "description": "Run it through sudo",
  ]

  private static let sudoPassword: JSONValue = [
    "type": "string", "default": nil, "required": false, "secret": true,
    "description": "The password for sudo, where sudo asks for one",
  ]

  private static let timeout: JSONValue = [
    "type": "integer", "default": 60, "description": "Seconds until it is killed",
  ]

  private static func hosts(_ description: String) -> JSONValue {
    [
      "type": "array", "items": ["type": "string"], "required": false,
      "description": .string(description),
    ]
  }
}
