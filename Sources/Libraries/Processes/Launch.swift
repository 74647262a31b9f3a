import CSpawn
import Glibc

/// A child that runs, and our ends of its pipes; -1 where there is none.
struct Launch {
  var pid: Int32
  var descriptor: Int32
  var input: Int32 = -1
  var output: [Int32] = [-1, -1]  // in the order of OutputStream

  /// Starts a child. Blocks until it has reached its program, so call it on the spawner's thread.
  static func start(_ settings: ProcessSettings, _ mark: Mark) throws(ProcessError) -> Launch {
    try settings.check()
    var ends = Ends()
    defer { ends.closeTheirs() }
    do throws(ProcessError) {
      try ends.open(settings)
      let child = settings.start(standard: ends.theirs, mark)
      guard child.error == 0 else {
        let step = child.step.map { String(cString: $0) } ?? "start"
        let subject = settings.subject(of: step, path: Int(child.path))
        throw .refused(step: step, subject: subject, code: child.error)
      }
      return Launch(
        pid: child.pid, descriptor: child.descriptor, input: ends.ours[0],
        output: [ends.ours[1], ends.ours[2]])
    } catch {
      ends.closeOurs()
      throw error
    }
  }
}

/// Both ends of the three standard descriptors.
private struct Ends {
  var ours: [Int32] = [-1, -1, -1]
  var theirs: [Int32] = [-1, -1, -1]
  private var toClose: [Int32] = []

  init() {}

  mutating func open(_ settings: ProcessSettings) throws(ProcessError) {
    switch settings.input {
    case .nothing: try openNull(0)
    case .bytes: try openPipe(0)
    case .descriptor(let given): theirs[0] = given
    }
    for (place, target) in [(1, settings.stdout), (2, settings.stderr)] {
      switch target {
      case .captured, .streamed: try openPipe(place)
      case .nothing: try openNull(place)
      case .descriptor(let given): theirs[place] = given
      }
    }
  }

  private mutating func openNull(_ place: Int) throws(ProcessError) {
    theirs[place] = Glibc.open("/dev/null", O_RDWR | O_CLOEXEC)
    guard theirs[place] >= 0 else {
      throw .refused(step: "open", subject: "/dev/null", code: errno)
    }
    toClose.append(theirs[place])
  }

  private mutating func openPipe(_ place: Int) throws(ProcessError) {
    var ends: [Int32] = [-1, -1]
    guard cspawn_pipe(&ends) == 0 else { throw .refused(step: "pipe", subject: "", code: errno) }
    theirs[place] = ends[place == 0 ? 0 : 1]
    ours[place] = ends[place == 0 ? 1 : 0]
    toClose.append(theirs[place])
    _ = fcntl(ours[place], F_SETFL, O_NONBLOCK)
  }

  func closeTheirs() { for descriptor in toClose { close(descriptor) } }
  func closeOurs() { for descriptor in ours where descriptor >= 0 { close(descriptor) } }
}

extension ProcessSettings {
  fileprivate func check() throws(ProcessError) {
    guard !program.isEmpty else { throw .invalid("the program has no name") }
    guard arguments.count <= Self.argumentsMax else {
      throw .invalid("\(arguments.count) arguments, at most \(Self.argumentsMax) are possible")
    }
    for (index, argument) in arguments.enumerated() where argument.utf8.contains(0) {
      throw .invalid("argument \(index + 1) of \(program) holds a NUL byte")
    }
    for (name, value) in environment {
      guard !name.isEmpty, !name.utf8.contains(0), !name.utf8.contains(UInt8(ascii: "=")) else {
        throw .invalid("'\(name)' cannot be the name of an environment variable")
      }
      guard !value.utf8.contains(0) else {
        throw .invalid("the environment variable \(name) holds a NUL byte")
      }
    }
    guard !program.utf8.contains(0), !(directory ?? "").utf8.contains(0) else {
      throw .invalid("a path holds a NUL byte")
    }
  }

  fileprivate func subject(of step: String, path: Int) -> String {
    switch step {
    case "execve": paths[path]
    case "chdir": directory ?? ""
    case "setuid": user.map { String($0.userID) } ?? ""
    default: ""
    }
  }

  /// Where the program may be, in the order in which to try.
  private var paths: [String] {
    if program.utf8.contains(UInt8(ascii: "/")) { return [program] }
    let folders = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")
      .split(separator: ":", omittingEmptySubsequences: false)
    return folders.map { $0.isEmpty ? "./" + program : "\($0)/\(program)" }
  }

  private var flags: UInt32 {
    var flags: UInt32 = 0
    if ownSession { flags |= UInt32(CSPAWN_SESSION) }
    if fileMask != nil { flags |= UInt32(CSPAWN_MASK) }
    if user != nil { flags |= UInt32(CSPAWN_IDS) }
    if noNewPrivileges { flags |= UInt32(CSPAWN_NO_NEW_PRIVS) }
    return flags
  }

  fileprivate func start(standard: [Int32], _ mark: Mark) -> cspawn_child {
    let variables = environment.map { "\($0.key)=\($0.value)" }.sorted()
    let limits =
      [mark.limit]
      + self.limits.map {
        cspawn_limit(resource: cspawn_resource($0.kind.rawValue), soft: $0.value, hard: $0.value)
      }
    return withVectors([paths, [program] + arguments, variables, directory.map { [$0] } ?? []]) {
      texts in
      limits.withUnsafeBufferPointer { limits in
        (user?.groups ?? []).withUnsafeBufferPointer { groups in
          var settings = cspawn_settings()
          settings.paths = UnsafeRawPointer(texts[0]).assumingMemoryBound(
            to: UnsafePointer<CChar>?.self)
          settings.argv = texts[1]
          settings.envp = texts[2]
          settings.directory = texts[3][0].map { UnsafePointer($0) }
          settings.standard = (standard[0], standard[1], standard[2])
          settings.flags = flags
          settings.mask = fileMask ?? 0
          settings.uid = user?.userID ?? 0
          settings.gid = user?.groupID ?? 0
          settings.groups = groups.baseAddress
          settings.group_count = groups.count
          settings.limits = limits.baseAddress
          settings.limit_count = limits.count
          settings.death_signal = deathSignal ?? 0
          return cspawn_start(&settings)
        }
      }
    }
  }
}

/// Lists of texts as C wants them: each a vector of pointers with NULL at its end, all in two
/// allocations that live as long as `body` runs.
private func withVectors<Result>(
  _ lists: [[String]],
  _ body: ([UnsafePointer<UnsafeMutablePointer<CChar>?>]) -> Result
) -> Result {
  let texts = lists.joined()
  let byteCount = texts.reduce(1) { $0 + $1.utf8.count + 1 }
  let bytes = UnsafeMutablePointer<CChar>.allocate(capacity: byteCount)
  let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
    capacity: lists.reduce(0) { $0 + $1.count + 1 })
  defer {
    bytes.deallocate()
    pointers.deallocate()
  }
  var nextByte = bytes
  var nextPointer = pointers
  var vectors: [UnsafePointer<UnsafeMutablePointer<CChar>?>] = []
  for list in lists {
    vectors.append(UnsafePointer(nextPointer))
    for text in list {
      nextPointer.initialize(to: nextByte)
      nextPointer += 1
      for byte in text.utf8 {
        nextByte.initialize(to: CChar(bitPattern: byte))
        nextByte += 1
      }
      nextByte.initialize(to: 0)
      nextByte += 1
    }
    nextPointer.initialize(to: nil)
    nextPointer += 1
  }
  return body(vectors)
}
