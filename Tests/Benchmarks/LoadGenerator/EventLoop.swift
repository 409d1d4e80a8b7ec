import CEpoll
import Glibc

/// Something with a descriptor that the loop watches.
protocol Pollable: AnyObject {
    func ready(_ events: UInt32)
}

/// One thread, one epoll, one heap of timers. Everything of the generator runs on it.
final class EventLoop {
    private struct Timer {
        var due: UInt64
        var sequence: UInt64
        var body: () -> Void
    }

    private let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    private var watched: [Int32: any Pollable] = [:]
    private var timers: [Timer] = []
    private var nextSequence: UInt64 = 0
    /// Where sockets are read into first.
    var scratch = [UInt8](repeating: 0, count: 65_536)

    /// Monotonic nanoseconds.
    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    func watch(_ descriptor: Int32, _ pollable: any Pollable, output: Bool) {
        var event = Self.event(descriptor, output: output)
        let result = epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)
        precondition(result == 0, "epoll_ctl: \(String(cString: strerror(errno)))")
        watched[descriptor] = pollable
    }

    func change(_ descriptor: Int32, output: Bool) {
        var event = Self.event(descriptor, output: output)
        epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event)
    }

    func forget(_ descriptor: Int32) {
        watched[descriptor] = nil
        epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
    }

    private static func event(_ descriptor: Int32, output: Bool) -> epoll_event {
        epoll_event(
            events: EPOLLIN.rawValue | (output ? EPOLLOUT.rawValue : 0), data: epoll_data_t(fd: descriptor))
    }

    func after(nanoseconds: UInt64, _ body: @escaping () -> Void) { at(Self.now() + nanoseconds, body) }

    func at(_ due: UInt64, _ body: @escaping () -> Void) {
        nextSequence += 1
        timers.append(Timer(due: due, sequence: nextSequence, body: body))
        var child = timers.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBefore(child, parent) else { break }
            timers.swapAt(child, parent)
            child = parent
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (timers[left].due, timers[left].sequence) < (timers[right].due, timers[right].sequence)
    }

    private func popTimer() -> Timer {
        let last = timers.count - 1
        timers.swapAt(0, last)
        let timer = timers.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < last && isBefore(child, least) { least = child }
            if least == parent { return timer }
            timers.swapAt(parent, least)
            parent = least
        }
    }

    /// Runs for ever.
    func run() -> Never {
        var events = [epoll_event](repeating: epoll_event(), count: 512)
        while true {
            let count = epoll_wait(epoll, &events, 512, waitMilliseconds())
            for event in events.prefix(Int(max(0, count))) {
                // One that was forgotten meanwhile is not there any more.
                watched[event.data.fd]?.ready(event.events)
            }
            let now = Self.now()
            while let first = timers.first, first.due <= now { popTimer().body() }
        }
    }

    private func waitMilliseconds() -> Int32 {
        guard let first = timers.first else { return -1 }
        let now = Self.now()
        return first.due > now ? Int32(clamping: (first.due - now + 999_999) / 1_000_000) : 0
    }
}
