package import AgentRuntime

/// Waits for a container runtime that does not answer, as the start of a container does.
package struct RuntimePatience: Sendable {
    /// ECS_CONTAINER_CREATE_TIMEOUT's default.
    static let longest: Duration = .seconds(240)
    private static let pause: Duration = .seconds(1)

    private let clock: any Clock<Duration>

    package init(clock: any Clock<Duration>) {
        self.clock = clock
    }

    package func callAsFunction<Result: Sendable>(
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
