struct Logger: Sendable {
  let label: String
  func warning(_ text: String, _ fields: [String: String]) {}
}
