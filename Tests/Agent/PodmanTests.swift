import AgentProtocol
import Foundation
import Testing

@testable import AgentRuntime

/// Where podman's words are not docker's. The samples are what podman 4.3 printed, shortened.
@Suite struct PodmanTests {
    private let now = Date(timeIntervalSince1970: 1_000_000)

    @Test func whoseCommandLineItIs() {
        #expect(RuntimeDialect(version: "podman version 4.3.1\n") == .podman)
        #expect(RuntimeDialect(version: "Docker version 28.2.2, build e6534b4\n") == .docker)
        #expect(RuntimeDialect(version: "nerdctl version 1.7.0") == .docker)
    }

    private func event(_ status: String, _ more: String = "") -> Data {
        Data(
            (#"{"ID":"1b9b","Image":"localhost/i:latest","Name":"n","Status":"\#(status)",\#(more)"#
                + #""Time":"2026-11-21T15:36:23.759406208Z","Type":"container","Attributes":"#
                + #"{"\#(ContainerLabels.taskArn)":"arn","\#(ContainerLabels.containerName)":"web"}}"#).utf8)
    }

    @Test(arguments: [
        ("start", "", RuntimeEvent.Kind.started),
        ("died", #""ContainerExitCode":137,"#, .exited(code: 137, tellsMemory: false)),
        ("died", "", .exited(code: 0, tellsMemory: false)), ("remove", "", .removed),
        ("health_status", #""health_status":"unhealthy","#, .health(.unhealthy)),
    ])
    func whatHappens(status: String, more: String, kind: RuntimeEvent.Kind) throws {
        let event = try #require(try PodmanOutput.event(line: event(status, more), now: now))
        #expect(event.kind == kind)
        #expect((event.containerID, event.taskArn, event.containerName) == ("1b9b", "arn", "web"))
        #expect(abs(event.date.timeIntervalSince1970 - 1_795_275_383.759) < 0.01)
    }

    @Test func whatIsNoConcernOfOurs() throws {
        #expect(try PodmanOutput.event(line: event("cleanup"), now: now) == nil)
        let foreign = Data(#"{"ID":"1","Status":"start","Type":"container","Attributes":{"a":"b"}}"#.utf8)
        #expect(try PodmanOutput.event(line: foreign, now: now) == nil)
        #expect(throws: (any Error).self) { try PodmanOutput.event(line: Data("Error: x".utf8), now: now) }
    }

    @Test func whatItIs() throws {
        let version = Data(#"{"Client":{"APIVersion":"4.3.1","Version":"4.3.1","OsArch":"linux/amd64"}}"#.utf8)
        let information = Data(
            #"""
            {"host":{"cgroupManager":"cgroupfs","cgroupVersion":"v1"},
             "plugins":{"volume":["local"],"log":["k8s-file","none","journald"],"authorization":null}}
            """#.utf8)
        let description = try PodmanOutput.description(version: version, information: information, hasSystemd: false)
        #expect(
            description
                == RuntimeDescription(
                    version: "4.3.1", apiVersion: "1.41", loggingDrivers: ["json-file", "none", "journald"],
                    volumeDrivers: ["local"], cgroupDriver: .cgroupfs, cgroupVersion: 1, checksHealth: false))
    }

    @Test func listsAreQuotedWhereItReadsThemAsSuch() {
        #expect(
            PodmanArguments.quoted(["--log-opt=tag=a=b,c", "--label=a=b,c", "--sysctl=a=\"", "--detach", "--dns=::1"])
                == [#"--log-opt="tag=a=b,c""#, "--label=a=b,c", #"--sysctl="a=""""#, "--detach", "--dns=::1"])
    }

    @Test func volumesHaveTheirLabelsQuoted() throws {
        let volume = RuntimeVolume(name: "v", driver: "local", options: ["o": "a,b"], labels: ["l": "c,d"])
        #expect(
            try PodmanArguments.createVolume(volume)
                == ["volume", "create", "--driver=local", "--opt=o=a,b", #"--label="l=c,d""#, "--", "v"])
    }

    @Test func containersAreLikeDockers() throws {
        var launch = ContainerLaunch(name: "n", image: "i", labels: [:], network: .container("p"))
        launch.settings = ContainerSettings()
        launch.settings?.readonlyRootFilesystem = true
        #expect(
            try PodmanArguments.run(launch)
                == ["--http-proxy=false", "--pids-limit=-1", "--uts=container:p", "--read-only-tmpfs=false"])
        launch.settings?.links = ["db"]
        #expect(throws: RuntimeError.self) { try PodmanArguments.run(launch) }
    }

    @Test func whatOthersJoinedGoesAfterThem() {
        let text = "Error: container c90e has dependent containers which must be removed before it: 1f2e: in use"
        #expect(DockerOutput.error(text, code: .failed).code == .hasDependents)
    }

    @Test func volumesComeAsAList() throws {
        let volume = RuntimeVolume(name: "v", driver: "local", options: [:], labels: ["a": "b"])
        let one = #"{"Name":"v","Driver":"local","Labels":{"a":"b"},"Options":{}}"#
        #expect(try DockerOutput.volume(Data("[\n \(one)\n]\n".utf8)) == volume)
        #expect(try DockerOutput.volume(Data(one.utf8)) == volume)
        #expect(throws: (any Error).self) { try DockerOutput.volume(Data("[]".utf8)) }
    }

    @Test func whatIsLoggedBesideIsNoReason() {
        let text = """
            time="2026-11-21T15:36:26Z" level=warning msg="StopSignal SIGTERM failed to stop"
            Error: no container with name or ID "nope" found: no such container
            """
        #expect(DockerOutput.error(text, code: .failed).code == .noSuchContainer)
        #expect(!DockerOutput.message(text).contains("StopSignal"))
    }
}
