/// Where the kernel accounts for a container: its control group, in either version of the hierarchy.
struct ContainerCgroup: Hashable, Sendable {
    static let root = "/sys/fs/cgroup"

    /// One hierarchy for all controllers (version 2), or one each.
    let isUnified: Bool
    /// Below the root, without slashes around it.
    let path: String

    /// Looks where container engines put their containers.
    ///
    /// - Parameter parent: the group that the engine was told to put it in (`/ecs/ID`, or a slice of systemd's).
    /// - Returns: nil if it is in none of these places: it does not run, or its engine has another way.
    static func find(runtimeID: String, parent: String?, in files: KernelFiles) -> Self? {
        let isUnified = files.exists("\(root)/cgroup.controllers")
        for candidate in candidates(runtimeID: runtimeID, parent: parent) {
            let cgroup = Self(isUnified: isUnified, path: candidate)
            if files.exists(cgroup.directory("memory")) { return cgroup }
        }
        return nil
    }

    func directory(_ controller: String) -> String {
        isUnified ? "\(Self.root)/\(path)" : "\(Self.root)/\(controller)/\(path)"
    }

    func file(_ controller: String, _ name: String) -> String { "\(directory(controller))/\(name)" }

    /// The first process of the container, as the host numbers it.
    func firstProcess(in files: KernelFiles) -> Int? {
        Self.firstProcess(in: directory("memory"), depth: 0, files)
    }

    private static let deepest = 4

    /// In version 2 a group that has others below has no processes itself: crun puts a container of podman's into the
    /// group `container` of its scope, and a container that is a host of others does likewise.
    private static func firstProcess(in directory: String, depth: Int, _ files: KernelFiles) -> Int? {
        let list = files.read("\(directory)/cgroup.procs") ?? ""
        // In the order in which they came in, but that is no promise: the container's first has the lowest id unless
        // ids wrapped around, and any of them is in the same network.
        if let first = list.lines.compactMap({ Int($0) }).min() { return first }
        guard depth < deepest else { return nil }
        return files.directories(directory).compactMap {
            firstProcess(in: "\(directory)/\($0)", depth: depth + 1, files)
        }.min()
    }

    private static func candidates(runtimeID id: String, parent: String?) -> [String] {
        var parents: [(cgroupfs: String, systemd: String)] = []
        if let parent = parent?.split(separator: "/", omittingEmptySubsequences: true).joined(separator: "/"),
            !parent.isEmpty
        {
            parents.append((parent, slice(parent)))
        }
        parents += [("docker", "system.slice"), ("libpod_parent", "machine.slice")]
        return parents.flatMap { parent in
            ["\(parent.cgroupfs)/\(id)", "\(parent.cgroupfs)/libpod-\(id)"]
                + ["docker", "libpod"].map { "\(parent.systemd)/\($0)-\(id).scope" }
        }
    }

    /// The directory of a slice: `a-b.slice` is inside `a.slice`.
    private static func slice(_ name: String) -> String {
        guard name.hasSuffix(".slice"), !name.contains("/") else { return name }
        let parts = name.dropLast(".slice".count).split(separator: "-")
        return parts.indices.map { parts[...$0].joined(separator: "-") + ".slice" }.joined(separator: "/")
    }
}

/// What /proc says of the network that a process sees.
enum ProcessNetwork {
    /// The IPv4 addresses that are the network's own, but for those that every network has (127.0.0.0/8).
    ///
    /// In the kernel's table of routes, an address on a line of its own (`|-- 10.0.0.1`) is followed by what it is:
    /// `/32 host LOCAL`.
    static func addresses(ofProcess id: Int, in files: KernelFiles) -> Set<String> {
        var addresses: Set<String> = []
        var last: Substring?
        for words in (files.read("/proc/\(id)/net/fib_trie") ?? "").lines.map(\.words) {
            if words.count == 2, words[0] == "|--" {
                last = words[1]
            } else if words == ["/32", "host", "LOCAL"], let address = last, !address.hasPrefix("127.") {
                addresses.insert(String(address))
            }
        }
        return addresses
    }

    /// The counters of each interface but the loopback, by its name.
    static func interfaces(ofProcess id: Int, in files: KernelFiles) -> [String: NetworkCounters]? {
        guard let text = files.read("/proc/\(id)/net/dev") else { return nil }
        var interfaces: [String: NetworkCounters] = [:]
        for line in text.lines {
            let parts = line.words(by: ":")
            guard parts.count == 2, let name = parts[0].words.first, name != "lo" else { continue }
            let numbers = parts[1].words.compactMap { UInt64($0) }
            guard numbers.count >= 12 else { continue }
            interfaces[String(name)] = NetworkCounters(
                rxBytes: numbers[0], rxPackets: numbers[1], rxErrors: numbers[2], rxDropped: numbers[3],
                txBytes: numbers[8], txPackets: numbers[9], txErrors: numbers[10], txDropped: numbers[11])
        }
        return interfaces
    }
}
