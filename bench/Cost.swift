import Glibc

/// What a stretch of work has cost, in microseconds: wall clock, and CPU of the whole process with
/// all its threads. Threads that only make load are taken off by whoever knows them.
struct Cost {
  var wallUs: Double
  var cpuUs: Double

  static var now: Cost {
    Cost(wallUs: clock(CLOCK_MONOTONIC), cpuUs: processCPU)
  }

  func per(_ count: Int) -> Cost {
    Cost(wallUs: wallUs / Double(count), cpuUs: cpuUs / Double(count))
  }

  static func - (one: Cost, other: Cost) -> Cost {
    Cost(wallUs: one.wallUs - other.wallUs, cpuUs: one.cpuUs - other.cpuUs)
  }

  /// CPU of the calling thread alone.
  static var threadCPU: Double { clock(CLOCK_THREAD_CPUTIME_ID) }

  static var nowNs: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  private static var processCPU: Double { clock(CLOCK_PROCESS_CPUTIME_ID) }

  private static func clock(_ kind: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(kind, &time)
    return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
  }
}

func measure(_ body: () throws -> Void) rethrows -> Cost {
  let start = Cost.now
  try body()
  return Cost.now - start
}

func measure(_ body: () async throws -> Void) async rethrows -> Cost {
  let start = Cost.now
  try await body()
  return Cost.now - start
}

extension [Double] {
  /// The value below which `share` of all values lie.
  func quantile(_ share: Double) -> Double {
    let sorted = sorted()
    guard !sorted.isEmpty else { return .nan }
    return sorted[Swift.min(sorted.count - 1, Int(Double(sorted.count) * share))]
  }

  var median: Double { quantile(0.5) }
}

extension [Cost] {
  /// Each part by itself.
  var median: Cost {
    Cost(wallUs: map(\.wallUs).median, cpuUs: map(\.cpuUs).median)
  }
}
