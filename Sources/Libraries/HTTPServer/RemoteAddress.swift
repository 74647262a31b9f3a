import CSockets

/// The far end of a connection. IPv4 addresses that came through an IPv6 socket are IPv4 here.
public struct RemoteAddress: Sendable, Hashable, CustomStringConvertible {
  private let family: UInt8
  private let high: UInt64
  private let low: UInt64
  public let port: UInt16

  /// A peer on a Unix socket of this machine.
  public static let local = RemoteAddress(sockets_peer())

  init(_ peer: sockets_peer) {
    family = peer.family
    port = peer.port
    (high, low) = withUnsafeBytes(of: peer.address) { bytes in
      (
        UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      )
    }
  }

  /// Whether the peer came through a Unix socket.
  public var isLocal: Bool { family == 0 }

  /// The same address without its port: what limits are counted by.
  var host: RemoteHost { RemoteHost(family: family, network: high) }

  /// The address without the port: `192.0.2.1`, `2001:db8:0:0:0:0:0:1`, `local`.
  public var address: String {
    switch family {
    case 4:
      return (0..<4).map { String(high >> UInt64(56 - 8 * $0) & 0xff) }.joined(separator: ".")
    case 6:
      return (0..<8).map { group in
        let half = group < 4 ? high : low
        return String(half >> UInt64(48 - 16 * (group % 4)) & 0xffff, radix: 16)
      }.joined(separator: ":")
    default: return "local"
    }
  }

  public var description: String {
    switch family {
    case 4: "\(address):\(port)"
    case 6: "[\(address)]:\(port)"
    default: "local"
    }
  }
}

/// Whom a limit of connections is counted for: an IPv4 address, or the /64 network that an IPv6
/// user is given and can draw any number of addresses from.
struct RemoteHost: Hashable, Sendable {
  let family: UInt8
  let network: UInt64
}
