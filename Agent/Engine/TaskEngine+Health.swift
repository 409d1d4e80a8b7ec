package import AgentProtocol
import AgentRuntime
import Support

/// Whether the runtime answers. A daemon that hangs fails no call for minutes, and its events just stop coming: only
/// asking tells.
extension TaskEngine {
    /// Nil before the first look.
    package func instanceHealth() -> InstanceHealth? { health }

    func healthLoop() async {
        while true {
            let found: RuntimeError?
            do throws(RuntimeError) {
                try await runtime.ping()
                found = nil
            } catch {
                found = error
            }
            guard !Task.isCancelled else { return }
            note(found)
            guard (try? await clock.sleep(for: configuration.healthInterval)) != nil else { return }
        }
    }

    private func note(_ error: RuntimeError?) {
        let status: InstanceHealth.Status = error == nil ? .ok : .impaired
        guard health?.status != status else { return }
        let isRecovery = health != nil && error == nil
        health = InstanceHealth(status: status, reason: error.map(Self.healthReason), since: now())
        if let error {
            logger.error(
                "the container runtime does not answer; tasks keep the state that they have",
                ["error": Self.healthReason(error)])
        } else if isRecovery {
            logger.info("the container runtime answers again")
            // What it told meanwhile may have gone nowhere.
            listenAgain.raise()
        }
        reportsDue.raise()
    }

    private static func healthReason(_ error: RuntimeError) -> String {
        switch error.code {
        case .timedOut: "DockerTimeoutError: \(error.message)"
        default: error.message
        }
    }
}
