import FaultSimulation
import Support

#if canImport(Glibc)
    import Glibc
#endif

/// `stevedore-simulation FIRST COUNT`: so many seeds from the first on, one for each processor at a time. A line for each
/// that failed, then "N passed, N failed"; exit code 1 if any did.
enum SimulationRunner {
    static func main() async {
        let numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
        guard numbers.count == 2, CommandLine.arguments.count == 3 else {
            Logger.standardError("Usage: stevedore-simulation FIRST COUNT\n")
            exit(64)
        }
        let started = ContinuousClock().now
        let seeds = (0..<numbers[1]).map { numbers[0] &+ $0 }
        var totals = Totals()
        await withTaskGroup(of: Result<FaultRun.Outcome, any Error>.self) { group in
            var waiting = seeds.makeIterator()
            func startNext() {
                guard let seed = waiting.next() else { return }
                group.addTask {
                    do { return .success(try await FaultRun(seed: seed).run()) } catch { return .failure(error) }
                }
            }
            for _ in 0..<max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) { startNext() }
            while let result = await group.next() {
                totals.add(result)
                startNext()
            }
        }
        let elapsed = ContinuousClock().now - started
        print(
            "\(totals.events) events, \(totals.launched) tasks, \(totals.checks) checks in "
                + "\(elapsed.components.seconds) s; digest \(String(totals.digest, radix: 16))")
        print("\(totals.passed) passed, \(totals.failed) failed")
        exit(totals.failed == 0 ? 0 : 1)
    }

    private struct Totals {
        var passed = 0
        var failed = 0
        var events = 0
        var launched = 0
        var checks = 0
        /// Of all runs: the same for the same seeds, in whatever order they ended.
        var digest: UInt64 = 0

        mutating func add(_ result: Result<FaultRun.Outcome, any Error>) {
            switch result {
            case .success(let outcome):
                passed += 1
                events += outcome.events
                launched += outcome.launched
                checks += outcome.checks
                digest ^= outcome.digest
            case .failure(let error):
                failed += 1
                print("FAILED \(error)")
            }
        }
    }
}
