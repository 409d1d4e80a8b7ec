internal import CMicroHTTPD
import Glibc

/// The few epoll calls that the event loop needs.
enum Epoll {
    static func create() throws(ServerError) -> Int32 {
        let descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw ServerError(call: "epoll_create1", on: "", errno: errno) }
        return descriptor
    }

    static func watchInput(of descriptor: Int32, mark: UInt64, in epoll: Int32) throws(ServerError) {
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: mark))
        guard epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 else {
            throw ServerError(call: "epoll_ctl", on: "descriptor \(descriptor)", errno: errno)
        }
    }

    /// One event when the peer closes its side; the kernel forgets the descriptor when it is closed. With an edge trigger
    /// each shutdown of our own that follows would be another event, and the next shutdown's cause.
    static func watchHangUp(of descriptor: Int32, mark: UInt64, in epoll: Int32) {
        var event = epoll_event(events: EPOLLRDHUP.rawValue | EPOLLONESHOT.rawValue, data: epoll_data_t(u64: mark))
        // Fails only for want of kernel memory: then this client's leaving is noticed at the next write to it.
        _ = epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)
    }

    /// One event when the peer closes its side, or takes more.
    static func watchOutput(of descriptor: Int32, mark: UInt64, in epoll: Int32) {
        let events = EPOLLRDHUP.rawValue | EPOLLOUT.rawValue | EPOLLONESHOT.rawValue
        var event = epoll_event(events: events, data: epoll_data_t(u64: mark))
        _ = epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event)
    }

    /// After ``watchOutput(of:mark:in:)`` has said that the peer takes more.
    static func watchHangUpAgain(of descriptor: Int32, mark: UInt64, in epoll: Int32) {
        var event = epoll_event(events: EPOLLRDHUP.rawValue | EPOLLONESHOT.rawValue, data: epoll_data_t(u64: mark))
        _ = epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event)
    }

    static func forget(_ descriptor: Int32, in epoll: Int32) {
        // Fails only if the descriptor is not watched, which is what is wanted.
        _ = epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
    }
}
