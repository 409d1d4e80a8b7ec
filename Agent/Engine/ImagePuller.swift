import AgentRuntime

/// Pulls each image once at a time, however many containers wait for it.
actor ImagePuller {
    private struct Pull {
        var task: Task<RuntimeError?, Never>
        var waiting: Int
    }

    private let runtime: any ContainerRuntime
    private var pulls: [String: Pull] = [:]

    init(runtime: any ContainerRuntime) {
        self.runtime = runtime
    }

    /// Returns when the image is here. A caller that is cancelled lets go; the last one to do so ends the pull.
    func pull(_ image: String) async throws(RuntimeError) {
        while true {
            let error = await join(image)
            guard let error else { return }
            // The pull that this one joined was just being given up.
            if error.code == .cancelled, !Task.isCancelled { continue }
            throw error
        }
    }

    private func join(_ image: String) async -> RuntimeError? {
        let task: Task<RuntimeError?, Never>
        if let pull = pulls[image], !pull.task.isCancelled {
            task = pull.task
        } else {
            task = Task { [runtime] in
                do throws(RuntimeError) {
                    try await runtime.pull(image: image)
                    return nil
                } catch {
                    return error
                }
            }
            pulls[image] = Pull(task: task, waiting: 0)
        }
        pulls[image]?.waiting += 1
        let error = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            Task { await self.letGo(image, task) }
        }
        if pulls[image]?.task == task { pulls[image] = nil }
        return error
    }

    private func letGo(_ image: String, _ task: Task<RuntimeError?, Never>) {
        guard pulls[image]?.task == task else { return }
        pulls[image]?.waiting -= 1
        if pulls[image]?.waiting == 0 { task.cancel() }
    }
}
