import AgentProtocol
import Foundation
import Testing

@testable import AgentRuntime

/// Health checks in docker's words.
@Suite struct DockerHealthTests {
    private func arguments(_ check: HealthCheck?) throws -> [String] {
        var launch = ContainerLaunch(name: "ecs-app-1-web-0", image: "box")
        launch.healthCheck = check
        return try DockerArguments.run(launch, ownEnvironment: [:]).arguments.filter { $0.contains("health") }
    }

    @Test func allOfIt() throws {
        let check = HealthCheck(
            command: ["CMD-SHELL", "curl -f http://localhost/ || exit 1"], intervalSeconds: 5, timeoutSeconds: 2,
            retries: 4, startPeriodSeconds: 60)
        #expect(
            try arguments(check) == [
                "--health-cmd=curl -f http://localhost/ || exit 1", "--health-interval=5s", "--health-timeout=2s",
                "--health-retries=4", "--health-start-period=60s",
            ])
    }

    /// No check of the definition's: none of the image's either.
    @Test(arguments: [nil, ["NONE"], ["CMD"], ["CMD-SHELL"], [], ["curl", "-f"]] as [[String]?])
    func noCheck(command: [String]?) throws {
        #expect(try arguments(command.map { HealthCheck(command: $0) }) == ["--no-healthcheck"])
    }

    @Test(arguments: [
        (["CMD", "true"], "exec 'true'"),
        (["CMD", "a b", "it's", "$(id)", "", "-x"], #"exec 'a b' 'it'\''s' '$(id)' '' '-x'"#),
        (["CMD", "'"], #"exec ''\'''"#),
        (["CMD-SHELL", "test \"$0\" = x", "x"], #"exec '/bin/sh' '-c' 'test "$0" = x' 'x'"#),
    ])
    func wordsStayWords(command: [String], line: String) throws {
        #expect(try arguments(HealthCheck(command: command)).first == "--health-cmd=\(line)")
    }

    @Test(
        arguments: [
            (#""Health":{"Status":"healthy"},"#, ContainerHealth.healthy),
            (#""Health":{"Status":"unhealthy"},"#, .unhealthy),
            (#""Health":{"Status":"starting"},"#, .unknown), ("", nil), (#""Health":null,"#, nil),
        ] as [(String, ContainerHealth?)])
    func whatAnInspectionSays(health: String, expected: ContainerHealth?) throws {
        let state = #"{\#(health)"ExitCode":0,"StartedAt":"2026-11-21T05:09:50.5Z","Status":"running"}"#
        let line = #"{"id":"4a","name":"/ecs-x","labels":null,"state":\#(state)}"#
        let observed = try DockerOutput.observed(line: Data(line.utf8), now: .distantPast)
        #expect(observed.health == expected)
        #expect(observed.startedAt == Date(timeIntervalSince1970: 1_795_237_790.5))
    }
}
