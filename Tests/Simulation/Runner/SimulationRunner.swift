import FaultSimulation
import Support

#if canImport(Glibc)
    import Glibc
#endif

/// `stevedore-simulation --fleet SEED`: a large cluster, with figures. `stevedore-simulation FIRST COUNT`: so many seeds from the first on, one for each processor at a time. A line for each
/// that failed, then "N passed, N failed"; exit code 1 if any did.
enum SimulationRunner {
    static func main() async {
        if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--fleet",
            let seed = UInt64(CommandLine.arguments[2])
        {
            await runFleet(seed)
        }
        let numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
        guard numbers.count == 2, CommandLine.arguments.count == 3 else {
            Logger.standardError("Usage: stevedore-simulation FIRST COUNT\n       stevedore-simulation --fleet SEED\n")
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
        let services = totals.services
        print(
            "\(services.deployed) deployments of services asked for: \(services.completed) completed, "
                + "\(services.failed) failed, \(services.rolledBack) rolled back")
        print(
            "\(totals.events) events, \(totals.launched) tasks, \(totals.checks) checks in "
                + "\(elapsed.components.seconds) s; digest \(String(totals.digest, radix: 16))")
        print("\(totals.passed) passed, \(totals.failed) failed")
        exit(totals.failed == 0 ? 0 : 1)
    }

    /// At once, also into a file or a pipe.
    private static func say(_ line: String) {
        print(line)
        fflush(nil)
    }

    private static func runFleet(_ seed: UInt64) async -> Never {
        let started = ContinuousClock().now
        do {
            let outcome = try await FleetRun(.large, seed: seed, told: { say("\($0)") }).run()
            print(
                "\(outcome.completed) deployments completed, \(outcome.failed) failed, \(outcome.rolledBack) rolled back; "
                    + "\((ContinuousClock().now - started).components.seconds) s; digest "
                    + String(outcome.digest, radix: 16))
            print("1 passed, 0 failed")
            exit(0)
        } catch {
            print("FAILED \(error)")
            print("0 passed, 1 failed")
            exit(1)
        }
    }

    private struct Totals {
        var passed = 0
        var failed = 0
        var events = 0
        var launched = 0
        var checks = 0
        var services = FaultRun.ServiceFigures()
        /// Of all runs: the same for the same seeds, in whatever order they ended.
        var digest: UInt64 = 0

        mutating func add(_ result: Result<FaultRun.Outcome, any Error>) {
            switch result {
            case .success(let outcome):
                passed += 1
                events += outcome.events
                launched += outcome.launched
                checks += outcome.checks
                services = services + outcome.services
                digest ^= outcome.digest
            case .failure(let error):
                failed += 1
                print("FAILED \(error)")
            }
        }
    }
}
