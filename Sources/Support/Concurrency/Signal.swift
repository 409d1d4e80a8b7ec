import Synchronization

/// Says that there is something to do. Any number of calls before the waiter comes are one; one waiter at a time.
///
/// Unlike an `AsyncStream`, which ends for good when a waiting task is cancelled, it can be waited for again.
package final class Signal: Sendable {
    private enum State {
        case quiet, raised
        case waiting(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex<State>(.quiet)

    package init() {}

    package func raise() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if case .waiting(let continuation) = state {
                state = .quiet
                return continuation
            }
            state = .raised
            return nil
        }
        waiter?.resume()
    }

    /// Returns when it is raised, which it then is no more, or when the task is cancelled.
    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    switch state {
                    case .raised:
                        state = .quiet
                        return true
                    case .quiet:
                        guard !Task.isCancelled else { return true }
                        state = .waiting(continuation)
                        return false
                    case .waiting: preconditionFailure("two tasks wait for one signal")
                    }
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard case .waiting(let continuation) = state else { return nil }
                state = .quiet
                return continuation
            }
            waiter?.resume()
        }
    }

    /// Returns when it is raised, when `duration` has passed, or when the task is cancelled.
    package func wait(atMost duration: Duration, on clock: any Clock<Duration>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            // An error here is the cancellation by the other.
            group.addTask { try? await clock.sleep(for: duration) }
            await group.next()
            group.cancelAll()
        }
    }
}
