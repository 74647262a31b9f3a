import Postgres
public import Streams

/// How far the tables of the view are.
public enum ViewProgress {
  /// Where a projection reads on in some partitions; 0 for those that it has not seen.
  public static func positions(
    of projection: String, in partitions: [Partition], _ view: View
  ) async throws(View.Failure) -> Positions {
    let found = try await view.all(
      """
      SELECT partition, next_offset FROM offsets WHERE projection = $1 AND partition = ANY ($2)
      """, [.text(projection), .texts(partitions.map(\.description))]
    ) { row throws(PostgresError) in
      (try row.get(0, as: String.self), try row.get(1, as: Int.self))
    }
    var positions = Positions(uniqueKeysWithValues: partitions.map { ($0, 0) })
    for partition in partitions {
      for (name, offset) in found where name == partition.description {
        positions[partition] = Int64(offset)
      }
    }
    return positions
  }

  /// How many records each projection could not take.
  public static func refusals(_ view: View) async throws(View.Failure) -> [String: Int] {
    let counts = try await view.all(
      "SELECT projection, count(*) FROM projection_errors GROUP BY projection", []
    ) { row throws(PostgresError) in
      (try row.get(0, as: String.self), try row.get(1, as: Int.self))
    }
    return Dictionary(counts) { $1 }
  }
}
