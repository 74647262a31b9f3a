/// An address that cannot be listened on, with what a person does about it.
struct PlaceTaken: Error, CustomStringConvertible {
  let address: String
  let reason: String
  /// Whether it is the socket in the data folder.
  let isSocket: Bool

  var description: String {
    "cannot listen on \(address): \(reason); choose another "
      + (isSocket ? "folder with --data" : "address with --listen")
  }
}
