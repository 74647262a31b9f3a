import Synchronization

/// What stands between a command's name and the end of the line: arguments by place, options by
/// name. Each function declares one and returns the key under which its value is found, with its
/// type. Mistakes in a declaration (a name twice, an argument after the rest) are mistakes in the
/// program and trap.
public struct Signature: Sendable {
  private(set) var slots: [Slot] = []

  public init() {}

  /// `--name` or `-n`: whether it was given.
  public mutating func flag(
    _ name: String, _ letter: Character? = nil, _ help: String
  ) -> Key<Bool> {
    let slot = Slot(.flag, name, letter, help, initial: false) { _, _ in true }
    return add(slot)
  }

  /// `--name value`, `--name=value`, `-n value` or `-nvalue`; the last one counts.
  public mutating func option<T: ArgumentValue>(
    _ name: String, _ letter: Character? = nil, default value: T, _ help: String
  ) -> Key<T> {
    var slot = Slot(.option, name, letter, help, initial: value) { text, _ throws(ArgumentsError) in
      try T(argument: text)
    }
    slot.describe(T.self)
    let text = value.argumentText
    slot.defaultText = text.isEmpty ? nil : text
    return add(slot)
  }

  /// An option that must be given.
  public mutating func required<T: ArgumentValue>(
    _ name: String, _ letter: Character? = nil, _ type: T.Type = T.self, _ help: String
  ) -> Key<T> {
    var slot = Slot(.option, name, letter, help, initial: nil) { text, _ throws(ArgumentsError) in
      try T(argument: text)
    }
    slot.describe(type)
    return add(slot)
  }

  /// An option that may be absent.
  public mutating func optional<T: ArgumentValue>(
    _ name: String, _ letter: Character? = nil, _ type: T.Type = T.self, _ help: String
  ) -> Key<T?> {
    // Without `.some`, nil would mean that the option must be given.
    let absent: (any Sendable)? = .some(T?.none as any Sendable)
    var slot = Slot(.option, name, letter, help, initial: absent) {
      text, _ throws(ArgumentsError) in T?.some(try T(argument: text))
    }
    slot.describe(type)
    return add(slot)
  }

  /// An option that may be given many times.
  public mutating func repeated<T: ArgumentValue>(
    _ name: String, _ letter: Character? = nil, _ type: T.Type = T.self, _ help: String
  ) -> Key<[T]> {
    var slot = Slot(.option, name, letter, help, initial: [T]()) {
      text, before throws(ArgumentsError) in (before as? [T] ?? []) + [try T(argument: text)]
    }
    slot.describe(type)
    slot.isRepeated = true
    return add(slot)
  }

  /// A word by its place; it must be given.
  public mutating func argument<T: ArgumentValue>(
    _ name: String, _ type: T.Type = T.self, _ help: String
  ) -> Key<T> {
    var slot = Slot(.argument, name, nil, help, initial: nil) { text, _ throws(ArgumentsError) in
      try T(argument: text)
    }
    slot.describe(type)
    return add(slot)
  }

  /// All words that are left.
  public mutating func rest<T: ArgumentValue>(
    _ name: String, _ type: T.Type = T.self, minimum: Int = 0, _ help: String
  ) -> Key<[T]> {
    var slot = Slot(.rest(minimum: minimum), name, nil, help, initial: [T]()) {
      text, before throws(ArgumentsError) in (before as? [T] ?? []) + [try T(argument: text)]
    }
    slot.describe(type)
    return add(slot)
  }

  /// Takes over options that several commands share; their keys are the same in each.
  public mutating func include(_ shared: Signature) {
    for slot in shared.slots where !slots.contains(where: { $0.id == slot.id }) { insert(slot) }
  }

  private mutating func add<T>(_ slot: Slot) -> Key<T> {
    insert(slot)
    return Key(id: slot.id)
  }

  private mutating func insert(_ slot: Slot) {
    precondition(!slot.name.isEmpty && !slot.name.hasPrefix("-"), "'\(slot.name)' is no name")
    precondition(slot.name != "help" && slot.letter != "h", "--help and -h are taken")
    precondition(!slots.contains { $0.name == slot.name }, "'\(slot.name)' is declared twice")
    if let letter = slot.letter {
      precondition(!slots.contains { $0.letter == letter }, "'-\(letter)' is declared twice")
    }
    if !slot.isOption, let last = slots.last(where: { !$0.isOption }), case .rest = last.kind {
      preconditionFailure("'\(slot.name)' comes after the rest")
    }
    slots.append(slot)
  }
}

/// Finds a value of its type in `Values`.
public struct Key<T>: Sendable {
  let id: Int
}

/// The values of one command line.
public struct Values: Sendable {
  var found: [Int: any Sendable] = [:]

  /// - Parameter key: of the command's own signature or one that it shares; any other one traps.
  public subscript<T>(_ key: Key<T>) -> T {
    guard let any = found[key.id], let value = any as? T else {
      preconditionFailure("this key belongs to another command")
    }
    return value
  }
}

/// One declared argument or option.
struct Slot: Sendable {
  enum Kind: Sendable { case flag, option, argument, rest(minimum: Int) }
  typealias Read =
    @Sendable (_ text: String, _ before: (any Sendable)?) throws(ArgumentsError) ->
    any Sendable

  private static let lastID = Atomic<Int>(0)

  let id: Int
  let kind: Kind
  let name: String
  let letter: Character?
  let help: String
  /// Nil: must be given.
  let initial: (any Sendable)?
  let read: Read
  private(set) var placeholder = ""
  private(set) var choices: [String] = []
  var defaultText: String?
  var isRepeated = false

  init(
    _ kind: Kind, _ name: String, _ letter: Character?, _ help: String, initial: (any Sendable)?,
    read: @escaping Read
  ) {
    id = Slot.lastID.wrappingAdd(1, ordering: .relaxed).newValue
    self.kind = kind
    self.name = name
    self.letter = letter
    self.help = help
    self.initial = initial
    self.read = read
  }

  mutating func describe<T: ArgumentValue>(_ type: T.Type) {
    placeholder = type.placeholder
    choices = type.choices
  }

  var isOption: Bool {
    switch kind {
    case .flag, .option: true
    case .argument, .rest: false
    }
  }

  var isFlag: Bool {
    if case .flag = kind { true } else { false }
  }

  /// How messages and usage name it.
  var title: String {
    switch kind {
    case .flag, .option: "--\(name)"
    case .argument: "<\(name)>"
    case .rest(let minimum): minimum == 0 ? "[\(name)...]" : "<\(name)...>"
    }
  }
}
