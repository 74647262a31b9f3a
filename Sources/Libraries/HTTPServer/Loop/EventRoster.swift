/// Which connections of a loop listen to which channel. A connection may leave while events are
/// being delivered: it is its own doing that it is dropped.
final class EventRoster {
  private struct Group {
    let channel: EventChannel
    /// The newest event that all members were offered.
    var last: UInt64
    var members: [Connection] = []
  }

  private let mailbox: LoopMailbox
  private var groups: [ObjectIdentifier: Group] = [:]

  init(mailbox: LoopMailbox) {
    self.mailbox = mailbox
  }

  /// A new listener; it is offered what was published since its subscription.
  func join(_ connection: Connection, _ channel: EventChannel) {
    let key = ObjectIdentifier(channel)
    if groups[key] == nil {
      // Before the events are collected, so that none falls between.
      channel.attach(mailbox)
      groups[key] = Group(channel: channel, last: connection.lastEvent)
    }
    connection.rosterIndex = groups[key]?.members.count ?? 0
    groups[key]?.members.append(connection)
    offer(channel.collect(after: connection.lastEvent, for: mailbox), to: [connection])
  }

  /// The connection listens no more.
  func leave(_ connection: Connection, _ channel: EventChannel) {
    let key = ObjectIdentifier(channel)
    let index = connection.rosterIndex
    guard var group = groups.removeValue(forKey: key) else { return }
    guard index < group.members.count, group.members[index] === connection else {
      groups[key] = group
      return
    }
    let last = group.members.removeLast()
    if last !== connection {
      group.members[index] = last
      last.rosterIndex = index
    }
    if group.members.isEmpty {
      channel.detach(mailbox)
    } else {
      groups[key] = group
    }
  }

  /// Something was published.
  func deliver(_ channel: EventChannel) {
    let key = ObjectIdentifier(channel)
    guard let group = groups[key] else { return }
    let collected = channel.collect(after: group.last, for: mailbox)
    groups[key]?.last = collected.first + UInt64(collected.events.count) - 1
    offer(collected, to: group.members)
  }

  private func offer(_ collected: EventChannel.Collected, to members: [Connection]) {
    for connection in members {
      if collected.first > connection.lastEvent + 1 {
        connection.missedEvents()
        continue
      }
      for (index, event) in collected.events.enumerated() {
        connection.deliver(event, number: collected.first + UInt64(index))
      }
      if collected.isClosed { connection.finishEvents() }
      connection.refreshDeadline()
    }
  }
}
