import CSockets
import Glibc
import TestSupport
import Testing

@testable import HTTPServer

/// The parts of a loop that need no socket.
@Suite struct LoopPartsTests {
  @Test func deadlinesComeInOrder() {
    var heap = DeadlineHeap()
    var random = SplitMix(seed: 3)
    let due = (0..<500).map { _ in Int64(random.below(1000)) }
    for (index, dueMs) in due.enumerated() {
      heap.insert(.init(dueMs: dueMs, token: UInt64(index)))
    }
    var found: [Int64] = []
    while let entry = heap.popDue(499) {
      #expect(due[Int(entry.token)] == entry.dueMs)
      found.append(entry.dueMs)
    }
    #expect(found == due.filter { $0 <= 499 }.sorted())
    #expect(heap.earliestMs == due.filter { $0 > 499 }.min())
    while let entry = heap.popDue(.max) { found.append(entry.dueMs) }
    #expect(found == due.sorted())
  }

  @Test(arguments: [1, 7, 1000, 20_000, 1 << 20])
  func outputKeepsItsOrder(taken: Int) {
    var queue = OutputQueue()
    var random = SplitMix(seed: 5)
    var expected: [UInt8] = []
    var written: [UInt8] = []
    for _ in 0..<40 {
      let piece = (0..<random.below(random.below(4) == 0 ? 40_000 : 300)).map { _ in
        UInt8(random.below(256))
      }
      expected += piece
      queue.append(piece)
      var room = taken
      let outcome = queue.flush { bytes in
        if room == 0 { return .blocked }
        let count = min(room, bytes.count)
        room -= count
        written += bytes[..<count]
        return .bytes(count)
      }
      #expect(queue.isEmpty == (outcome != .blocked))
      #expect(queue.count == expected.count - written.count)
    }
    _ = queue.flush { bytes in
      written += bytes
      return .bytes(bytes.count)
    }
    #expect(queue.isEmpty)
    #expect(written == expected)
  }

  @Test func withoutDescriptorsNothingIsReadyAndThatIsSaid() throws {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    var none = limit
    none.rlim_cur = 0
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &none)
    let readiness = Result { () throws(HTTPServerError) in try Readiness() }
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    #expect(throws: HTTPServerError.cannotStart(reason: "no epoll descriptor: errno \(EMFILE)")) {
      try readiness.get()
    }
  }

  @Test func connectionsHaveTheirLimits() {
    var limits = ServerLimits()
    limits.connectionCountMax = 3
    limits.connectionCountPerHostMax = 2
    let admission = Admission(limits)
    let one = Self.remote(1), two = Self.remote(2)
    #expect(admission.enter(one) == .admitted)
    #expect(admission.enter(one) == .admitted)
    #expect(admission.enter(one) == .refusedHost)
    #expect(admission.enter(two) == .admitted)
    #expect(admission.enter(.local) == .refused)
    admission.leave(one, .admitted)
    #expect(admission.enter(.local) == .admitted)
    #expect(admission.connectionCount == 3)
    admission.leave(.local, .admitted)
    admission.leave(one, .admitted)
    #expect(admission.enter(one) == .admitted)
    #expect(admission.enter(one) == .admitted)
  }

  @Test func refusalsHaveTheirLimit() {
    var limits = ServerLimits()
    limits.connectionCountMax = 0
    let admission = Admission(limits)
    for _ in 0..<Admission.refusedCountMax { #expect(admission.enter(.local) == .refused) }
    #expect(admission.enter(.local) == .overrun)
    admission.leave(.local, .overrun)
    #expect(admission.enter(.local) == .overrun)
    admission.leave(.local, .refused)
    #expect(admission.enter(.local) == .refused)
  }

  @Test func bodiesHaveTheirLimit() {
    var limits = ServerLimits()
    limits.bodyBytesTotalMax = 100
    let admission = Admission(limits)
    #expect(admission.takeBodyBytes(60))
    #expect(!admission.takeBodyBytes(41))
    #expect(admission.takeBodyBytes(40))
    admission.releaseBodyBytes(60)
    #expect(admission.takeBodyBytes(60))
  }

  private static func remote(_ last: UInt8) -> RemoteAddress {
    var peer = sockets_peer()
    peer.family = 4
    peer.port = 4000
    peer.address.0 = 192
    peer.address.2 = 2
    peer.address.3 = last
    return RemoteAddress(peer)
  }

  @Test func addressesHaveTheirText() {
    #expect(Self.remote(7).description == "192.0.2.7:4000")
    #expect(Self.remote(7).host == Self.remote(7).host)
    #expect(Self.remote(7).host != Self.remote(8).host)
    var peer = sockets_peer()
    peer.family = 6
    peer.port = 80
    peer.address.0 = 0x20
    peer.address.1 = 0x01
    peer.address.15 = 0x1f
    #expect(RemoteAddress(peer).description == "[2001:0:0:0:0:0:0:1f]:80")
    #expect(RemoteAddress.local.description == "local")
    #expect(ListenAddress.tls(host: "::1", port: 1).description == "[::1]:1")
  }

  @Test(
    arguments: [
      (EMFILE, AcceptFailure.exhausted), (ENFILE, .exhausted), (ENOMEM, .exhausted),
      (ENOBUFS, .exhausted), (EAGAIN, .passing), (ECONNABORTED, .passing), (EINTR, .passing),
    ])
  func acceptFailures(code: Int32, expected: AcceptFailure) {
    #expect(AcceptFailure(code) == expected)
  }

  @Test func respondersKeepTheirParts() {
    let responder = Responder(loop: 63, slot: Responder.slotCountMax - 1, generation: .max)
    #expect(responder.loop == 63)
    #expect(responder.slot == Responder.slotCountMax - 1)
    #expect(responder.generation == .max)
  }

  @Test func headersCannotEndTheirLine() {
    var writer = ResponseWriter()
    writer.setClock()
    let response = Response(201, headers: [("X\r\nY", "a\r\nSet-Cookie: b\0é")])
    writer.begin(response, .length(3), connection: "close")
    let text = String(decoding: writer.bytes, as: UTF8.self)
    #expect(text.hasPrefix("HTTP/1.1 201 Created\r\nDate: "))
    #expect(text.contains(" GMT\r\nX__Y: a  Set-Cookie: b é\r\nContent-Length: 3\r\n"))
    #expect(text.hasSuffix("Connection: close\r\n\r\n"))
  }

  @Test func faultsAreJSON() {
    let response = Response.fault(503, "a \"b\" \\ c\n")
    #expect(response.bytes == Array("{\"faultstring\": \"a \\\"b\\\" \\\\ c \"}\n".utf8))
    #expect(response.headers.contains { $0 == ("Retry-After", "1") })
  }

  @Test func aSlowReaderHoldsTheClientBack() async throws {
    let mailbox = try LoopMailbox()
    let responder = Responder(loop: 0, slot: 0, generation: 1)
    var limits = ServerLimits()
    limits.bodyBytesTotalMax = 11
    let admission = Admission(limits)
    let body = RequestBody(
      windowBytes: 10, responder: responder, mailbox: mailbox, admission: admission)
    let intake = RequestBody.Intake(body)
    let flow = { (count: Int) in
      [UInt8](repeating: 1, count: count).withUnsafeBytes { intake.receive($0) }
    }
    guard case .more = flow(6), case .more = flow(4), case .pause = flow(1) else {
      Issue.record("the window is not 10 bytes")
      return
    }
    #expect(try await body.next()?.count == 6)
    guard case .resume(let resumed)? = mailbox.take().first, resumed == responder else {
      Issue.record("half the window is free, but nobody was told")
      return
    }
    _ = intake.finish()
    #expect(try await body.next()?.count == 4)
    #expect(try await body.next()?.count == 1)
    #expect(try await body.next() == nil)
    #expect(mailbox.take().isEmpty)
    #expect(admission.takeBodyBytes(11), "what was read is given back")
  }

  @Test func streamedBodiesCountAsLongAsNobodyReadsThem() async throws {
    let mailbox = try LoopMailbox()
    var limits = ServerLimits()
    limits.bodyBytesTotalMax = 8
    let admission = Admission(limits)
    func body() -> RequestBody {
      RequestBody(
        windowBytes: 10, responder: Responder(loop: 0, slot: 0, generation: 1), mailbox: mailbox,
        admission: admission)
    }
    func flow(_ body: RequestBody, _ count: Int) -> BodyFlow {
      [UInt8](repeating: 1, count: count).withUnsafeBytes {
        RequestBody.Intake(body).receive($0)
      }
    }
    let first = body()
    guard case .more = flow(first, 6) else {
      Issue.record("6 bytes were not taken")
      return
    }
    guard case .pause = flow(first, 3) else {
      Issue.record("3 more bytes were taken")
      return
    }
    await #expect(throws: HTTPServerError.busy) { try await first.next() }
    do {
      let second = body()
      guard case .more = flow(second, 8) else {
        Issue.record("8 bytes were not taken")
        return
      }
      _ = RequestBody.Intake(second).finish()
    }
    #expect(admission.takeBodyBytes(8), "what nobody has read is given back with the body")
  }
}
