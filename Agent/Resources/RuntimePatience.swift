import AgentEngine
import AgentRuntime

/// Waits for a container runtime that does not answer, as the start of a container does.
struct RuntimePatience: Sendable {
    /// ECS_CONTAINER_CREATE_TIMEOUT's default.
    static let longest: Duration = .seconds(240)
    private static let pause: Duration = .seconds(1)

    let clock: any Clock<Duration>

    func callAsFunction<Result: Sendable>(
        _ body: () async throws(RuntimeError) -> Result
    ) async throws(RuntimeError) -> Result {
        var waited: Duration = .zero
        while true {
            do throws(RuntimeError) {
                return try await body()
            } catch {
                guard error.code == .unavailable, waited < Self.longest else { throw error }
            }
            guard (try? await clock.sleep(for: Self.pause)) != nil else {
                throw RuntimeError(code: .cancelled, message: "it was no longer wanted")
            }
            waited += Self.pause
        }
    }
}
