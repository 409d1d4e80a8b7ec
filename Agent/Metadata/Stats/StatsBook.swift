import FoundationEssentials
import Support
import Synchronization

/// What containers use, read when it is asked for, and what they used when it was asked for before.
///
/// Nothing is read while nobody asks. Two readings are at least a second apart, as docker's are: a figure that is
/// younger is given again, so that however many ask, a container is read once a second at most.
package final class StatsBook: Sendable {
    /// The container that is asked for.
    struct Subject: Hashable {
        var runtimeID: String
        /// Its name in the runtime.
        var name: String
        var cgroupParent: String?
        var sharesHostNetwork: Bool
    }

    private struct Entry {
        var cgroup: ContainerCgroup
        var current: StatsSample?
        var previous: StatsSample?
    }

    private static let shortestInterval: TimeInterval = 1

    private let files: KernelFiles
    private let entries = Mutex<[String: Entry]>([:])

    package convenience init() { self.init(files: .system) }

    init(files: KernelFiles) {
        self.files = files
    }

    /// - Parameter withRates: version 4 has the rate of the network beside docker's own figures.
    /// - Returns: nil if the container has no control group: it does not run.
    func stats(_ subject: Subject, withRates: Bool, now: Date) -> StatsDocument? {
        let entry: Entry? = entries.withLock { entries in
            guard var entry = known(subject, in: &entries) else { return nil }
            if let current = entry.current, abs(now.timeIntervalSince(current.date)) < Self.shortestInterval {
                return entry
            }
            entry.previous = entry.current
            entry.current = StatsReader(files: files).sample(
                entry.cgroup, sharesHostNetwork: subject.sharesHostNetwork, now: now)
            entries[subject.runtimeID] = entry
            return entry
        }
        return entry.flatMap { Self.document(subject, $0, withRates: withRates) }
    }

    /// The IPv4 addresses of the network that the container is in; nil if that cannot be told.
    func addresses(_ subject: Subject) -> Set<String>? {
        let cgroup = entries.withLock { known(subject, in: &$0)?.cgroup }
        guard let process = cgroup?.firstProcess(in: files) else { return nil }
        let addresses = ProcessNetwork.addresses(ofProcess: process, in: files)
        return addresses.isEmpty ? nil : addresses
    }

    /// Forgets all but these containers.
    package func keep(_ runtimeIDs: Set<String>) {
        entries.withLock { entries in entries = entries.filter { runtimeIDs.contains($0.key) } }
    }

    /// A container's group is looked for once, and again when it has gone: the container may have been started anew.
    private func known(_ subject: Subject, in entries: inout [String: Entry]) -> Entry? {
        if let entry = entries[subject.runtimeID], files.exists(entry.cgroup.directory("memory")) { return entry }
        entries[subject.runtimeID] = ContainerCgroup.find(
            runtimeID: subject.runtimeID, parent: subject.cgroupParent, in: files
        ).map { Entry(cgroup: $0) }
        return entries[subject.runtimeID]
    }

    private static func document(_ subject: Subject, _ entry: Entry, withRates: Bool) -> StatsDocument? {
        guard let current = entry.current else { return nil }
        var document = StatsDocument(
            read: Timestamps.iso8601(current.date),
            preread: entry.previous.map { Timestamps.iso8601($0.date) } ?? "0001-01-01T00:00:00Z",
            pidsStats: current.pids, blkioStats: current.blockIO, cpuStats: current.cpu,
            precpuStats: entry.previous?.cpu ?? CPUStats(), memoryStats: current.memory, name: "/\(subject.name)",
            id: subject.runtimeID, networks: current.networks)
        if withRates, let previous = entry.previous { document.networkRateStats = rate(from: previous, to: current) }
        return document
    }

    static func rate(from previous: StatsSample, to current: StatsSample) -> NetworkRate? {
        let seconds = current.date.timeIntervalSince(previous.date)
        guard seconds > 0, let before = previous.networks?.values, let after = current.networks?.values else {
            return nil
        }
        func perSecond(_ bytes: (NetworkCounters) -> UInt64) -> Double {
            let (old, new) = (before.reduce(0) { $0 &+ bytes($1) }, after.reduce(0) { $0 &+ bytes($1) })
            // Counters begin anew with a container that was started anew.
            return Double(new >= old ? new - old : new) / seconds
        }
        return NetworkRate(rxBytesPerSec: perSecond(\.rxBytes), txBytesPerSec: perSecond(\.txBytes))
    }
}
