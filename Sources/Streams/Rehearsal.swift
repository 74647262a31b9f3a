/// Takes steps of a chain and records nothing: what it costs to decide, apart from what it costs to
/// keep. States are folded as in a real step, so a second copy of an event is seen as one.
/// Lives in one task.
package struct Rehearsal {
  private let chain: Chain

  package init(_ processors: [any Processor], _ tables: Tables) {
    chain = Chain(processors, tables)
  }

  /// How many things the step would record. Throws for a record that cannot be understood.
  package func step(_ record: Record) throws(RecordError) -> Int { try chain.decide(record) }
}
