import AgentRuntime

/// Pulls each image once at a time, however many containers wait for it, and tries again where that may help.
///
/// With different credentials it is a different pull: who has none must not get what another was let in for.
actor ImagePuller {
    /// What is asked of a registry.
    struct Request: Sendable, Hashable {
        var image: String
        var credential: RegistryCredential?
    }

    /// The image's digest, if the runtime says.
    private typealias Outcome = Result<String?, RuntimeError>

    private struct Pull {
        var task: Task<Outcome, Never>
        var waiting: Int
    }

    private let runtime: any ContainerRuntime
    private let clock: any Clock<Duration>
    private var pulls: [Request: Pull] = [:]

    init(runtime: any ContainerRuntime, clock: any Clock<Duration>) {
        self.runtime = runtime
        self.clock = clock
    }

    /// Returns when the image is here. A caller that is cancelled lets go; the last one to do so ends the pull.
    ///
    /// - Returns: the image's digest, if the runtime says.
    func pull(_ request: Request) async throws(RuntimeError) -> String? {
        while true {
            let outcome = await join(request)
            // The pull that this one joined was just being given up.
            if case .failure(let error) = outcome, error.code == .cancelled, !Task.isCancelled { continue }
            return try outcome.get()
        }
    }

    private func join(_ request: Request) async -> Outcome {
        let task: Task<Outcome, Never>
        if let pull = pulls[request], !pull.task.isCancelled {
            task = pull.task
        } else {
            task = Task { [runtime, clock] in await Self.attempt(request, runtime, clock) }
            pulls[request] = Pull(task: task, waiting: 0)
        }
        pulls[request]?.waiting += 1
        let outcome = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            Task { await self.letGo(request, task) }
        }
        if pulls[request]?.task == task { pulls[request] = nil }
        return outcome
    }

    private func letGo(_ request: Request, _ task: Task<Outcome, Never>) {
        guard pulls[request]?.task == task else { return }
        pulls[request]?.waiting -= 1
        if pulls[request]?.waiting == 0 { task.cancel() }
    }

    private static func attempt(
        _ request: Request, _ runtime: any ContainerRuntime, _ clock: any Clock<Duration>
    ) async -> Outcome {
        var pause = EngineLimits.firstPullRetry
        var retries = 0
        while true {
            var failure: RuntimeError
            do throws(RuntimeError) {
                return .success(try await runtime.pull(image: request.image, credential: request.credential))
            } catch {
                failure = error
            }
            guard failure.code == .registryUnavailable, retries < EngineLimits.pullAttempts - 1 else {
                if retries > 0, failure.code != .cancelled {
                    failure.message = "ref pull has been retried \(retries) time(s): \(failure.message)"
                }
                return .failure(failure)
            }
            let jitter = EngineLimits.pullRetryJitter
            guard (try? await clock.sleep(for: pause * Double.random(in: 1 - jitter...1 + jitter))) != nil else {
                return .failure(RuntimeError(code: .cancelled, message: "the pull was no longer wanted"))
            }
            retries += 1
            pause = min(pause * 2, EngineLimits.lastPullRetry)
        }
    }
}
