extension PrivatePostgres {
  /// The connection text of the cluster in a folder, known before it runs: the socket's place
  /// follows from the folder's.
  public static func conninfo(folder: String) throws(PrivatePostgresError) -> String {
    let socket = try ClusterFolder(folder).socket
    return "host=\(quoted(socket)) user=\(user) dbname=\(database)"
  }
}
