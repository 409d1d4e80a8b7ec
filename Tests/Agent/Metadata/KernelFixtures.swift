import Synchronization

@testable import AgentMetadata

/// A kernel's files, as they were read on hosts, with two containers: `c1` on a bridge and `c2` in a task's own group.
final class FakeKernel: Sendable {
    private let contents: Mutex<[String: String]>
    private let count = Mutex(0)

    init(_ contents: [String: String]) { self.contents = Mutex(contents) }

    /// How many files were read so far.
    var reads: Int { count.withLock { $0 } }

    subscript(path: String) -> String? {
        get { contents.withLock { $0[path] } }
        set { contents.withLock { $0[path] = newValue } }
    }

    func removeAll(below directory: String) {
        contents.withLock { contents in contents = contents.filter { !$0.key.hasPrefix(directory + "/") } }
    }

    var files: KernelFiles {
        KernelFiles(
            read: { path in
                self.count.withLock { $0 += 1 }
                return self[path]
            },
            exists: { path in
                self.contents.withLock { $0.keys.contains { $0 == path || $0.hasPrefix(path + "/") } }
            },
            directories: { path in
                let below = self.contents.withLock { $0.keys.filter { $0.hasPrefix(path + "/") } }
                let names = below.map { $0.dropFirst(path.count + 1).split(separator: "/") }
                return Set(names.filter { $0.count > 1 }.map { String($0[0]) }).sorted()
            })
    }

    private static let host = [
        "/proc/stat": """
        cpu  1000 20 300 40000 50 0 6 7 0 0
        cpu0 500 10 150 20000 25 0 3 3 0 0
        cpu1 500 10 150 20000 25 0 3 4 0 0
        intr 12345 0 0
        ctxt 678

        """,
        "/proc/meminfo": "MemTotal:        8000000 kB\nMemFree:         1000000 kB\n",
        "/proc/4242/net/dev": """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
            lo:     100       2    0    0    0     0          0         0      100       2    0    0    0     0       0          0
          eth0:    1300      13    1    2    0     0          0         0      700       7    3    4    0     0       0          0

        """,
        "/proc/4242/net/fib_trie": """
        Main:
          +-- 0.0.0.0/0 3 0 5
             |-- 0.0.0.0
                /0 universe UNICAST
             +-- 172.17.0.0/16 2 0 2
                |-- 172.17.0.0
                   /16 link UNICAST
                |-- 172.17.0.2
                   /32 host LOCAL
                |-- 172.17.255.255
                   /32 link BROADCAST
        Local:
             +-- 127.0.0.0/8 2 0 2
                |-- 127.0.0.1
                   /32 host LOCAL
             |-- 172.17.0.2
                /32 host LOCAL

        """,
        "/proc/5151/net/fib_trie": "     |-- 172.17.0.3\n        /32 host LOCAL\n",
    ]

    /// Version 2, with docker's cgroupfs driver.
    static func unified() -> FakeKernel {
        let c1 = "/sys/fs/cgroup/docker/c1"
        return FakeKernel(
            host.merging([
                "/sys/fs/cgroup/cgroup.controllers": "cpu io memory pids\n",
                "\(c1)/cgroup.procs": "4300\n4242\n",
                "\(c1)/cpu.stat":
                    "usage_usec 5000\nuser_usec 3000\nsystem_usec 2000\nnr_periods 9\nnr_throttled 4\nthrottled_usec 70\n",
                "\(c1)/memory.current": "1048576\n", "\(c1)/memory.max": "67108864\n",
                "\(c1)/memory.stat": "anon 500\nfile 400\n", "\(c1)/pids.current": "3\n", "\(c1)/pids.max": "max\n",
                "\(c1)/io.stat": "8:0 rbytes=4096 wbytes=512 rios=1 wios=2 dbytes=0 dios=0\n259:1 \n",
                "/sys/fs/cgroup/ecs/t1/c2/cgroup.procs": "5151\n",
                "/sys/fs/cgroup/ecs/t1/c2/memory.max": "max\n",
            ]) { _, new in new })
    }

    /// Version 2, with podman, systemd and crun, as on Debian 12: the container's processes are a group further down.
    static func podman() -> FakeKernel {
        let scope = "/sys/fs/cgroup/ecstasks.slice/ecstasks-t1.slice/libpod-c1.scope"
        return FakeKernel(
            host.merging([
                "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory hugetlb pids rdma misc\n",
                "\(scope)/cgroup.procs": "", "\(scope)/memory.current": "348160\n", "\(scope)/memory.max": "max\n",
                "\(scope)/container/cgroup.procs": "4242\n5117\n", "\(scope)/container/memory.current": "339968\n",
            ]) { _, new in new })
    }

    /// Version 1, with docker's systemd driver.
    static func separate() -> FakeKernel {
        func c1(_ controller: String, _ file: String) -> String {
            "/sys/fs/cgroup/\(controller)/system.slice/docker-c1.scope/\(file)"
        }
        return FakeKernel(
            host.merging([
                c1("memory", "cgroup.procs"): "4242\n",
                c1("memory", "memory.usage_in_bytes"): "2097152\n",
                c1("memory", "memory.max_usage_in_bytes"): "3145728\n",
                c1("memory", "memory.limit_in_bytes"): "9223372036854771712\n",
                c1("memory", "memory.failcnt"): "5\n", c1("memory", "memory.stat"): "cache 10\nrss 20\n",
                c1("cpuacct", "cpuacct.usage"): "123456789\n",
                c1("cpuacct", "cpuacct.usage_percpu"): "100000000 23456789 \n",
                c1("cpuacct", "cpuacct.stat"): "user 7\nsystem 5\n",
                c1("cpu", "cpu.stat"): "nr_periods 3\nnr_throttled 2\nthrottled_time 1000\n",
                c1("pids", "pids.current"): "2\n", c1("pids", "pids.max"): "100\n",
                c1("blkio", "blkio.throttle.io_service_bytes_recursive"): "8:0 Read 4096\n8:0 Write 0\nTotal 4096\n",
                c1("blkio", "blkio.throttle.io_serviced_recursive"): "8:0 Read 1\nTotal 1\n",
            ]) { _, new in new })
    }
}
