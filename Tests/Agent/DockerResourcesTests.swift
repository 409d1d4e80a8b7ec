import AgentProtocol
import Foundation
import Testing

@testable import AgentRuntime

private func words(_ change: (inout ContainerLaunch) -> Void) throws(RuntimeError) -> [String] {
    var launch = ContainerLaunch(name: "n", image: "box")
    change(&launch)
    return try DockerArguments.resources(launch)
}

@Suite struct DockerResourcesTests {
    @Test func namespacesCgroupMountsAndGPUs() throws {
        let line = try words {
            $0.pid = .host
            $0.ipc = ContainerLaunch.Namespace.none
            $0.cgroupParent = "/ecs/1"
            $0.mounts = [
                .init(source: .path("/a b"), containerPath: "/x=y"),
                .init(source: .volume("v"), containerPath: "/w", isReadOnly: true),
            ]
            $0.volumesFrom = [.init(sourceContainer: "c"), .init(sourceContainer: "d", isReadOnly: true)]
            $0.gpuIDs = ["0", "GPU-1"]
        }
        #expect(
            line == [
                "--pid=host", "--ipc=none", "--cgroup-parent=/ecs/1", "--mount=type=bind,source=/a b,target=/x=y",
                "--mount=type=volume,source=v,target=/w,ro", "--volumes-from=c", "--volumes-from=d:ro",
                "--gpus=\"device=0,GPU-1\"",
            ])
        #expect(try words { _ in }.isEmpty)
        #expect(
            try words {
                $0.pid = .container("p")
                $0.ipc = .container("p")
            } == ["--pid=container:p", "--ipc=container:p"])
        #expect(throws: RuntimeError.self) { try words { $0.pid = ContainerLaunch.Namespace.none } }
    }

    @Test(arguments: [
        ("/a,b", #""source=/a,b""#), (#"/a"b"#, #""source=/a""b""#), (#"/"x",readonly"#, #""source=/""x"",readonly""#),
        ("/a=b", "source=/a=b"), ("--privileged", "source=--privileged"), ("/ü 'x'", "source=/ü 'x'"),
        ("/a b", "source=/a b"), ("/a:b", "source=/a:b"),
    ]) func aPathIsSaidAsDockerReadsIt(path: String, field: String) throws {
        #expect(
            try words { $0.mounts = [.init(source: .path(path), containerPath: "/x")] } == [
                "--mount=type=bind,\(field),target=/x"
            ])
    }

    @Test(arguments: [" /a", "/a ", "/a\nb", "/a\u{7F}", "/a\0", "\t/a"])
    func aPathThatCannotBeSaidIsRefused(path: String) {
        for mount: ContainerLaunch.Mount in [
            .init(source: .path(path), containerPath: "/x"), .init(source: .path("/x"), containerPath: path),
        ] {
            let error = #expect(throws: RuntimeError.self) { try words { $0.mounts = [mount] } }
            #expect(error?.code == .cannotCreate)
        }
    }

    @Test func volumes() throws {
        let volume = RuntimeVolume(
            name: "-v", driver: "nfs", options: ["o": "a=b,c", "type": "--x"], labels: ["l": "\"m\""])
        #expect(
            try DockerArguments.createVolume(volume) == [
                "volume", "create", "--driver=nfs", "--opt=o=a=b,c", "--opt=type=--x", "--label=l=\"m\"", "--", "-v",
            ])
        for key in ["", "a=b"] {
            #expect(throws: RuntimeError.self) {
                try DockerArguments.createVolume(RuntimeVolume(name: "v", options: [key: "x"]))
            }
        }
        #expect(DockerArguments.removeVolumes(["a", "-b"]) == ["volume", "rm", "--force", "--", "a", "-b"])
        let line = #"{"Driver":"local","Labels":null,"Name":"v","Options":{"type":"tmpfs"},"Scope":"local"}"#
        #expect(try DockerOutput.volume(Data(line.utf8)) == RuntimeVolume(name: "v", options: ["type": "tmpfs"]))
        #expect(DockerOutput.isNoSuchVolume("Error response from daemon: get v: no such volume"))
        #expect(DockerOutput.isNoSuchVolume("no such volume v"))
    }

    @Test(arguments: [
        (
            #"{"CgroupDriver":"cgroupfs","CgroupVersion":"1","Plugins":{"Log":["local"],"Volume":["local","nfs"]}}"#,
            RuntimeDescription(
                version: "28", apiVersion: "1.50", loggingDrivers: ["local"], volumeDrivers: ["local", "nfs"],
                cgroupDriver: .cgroupfs, cgroupVersion: 1)
        ),
        (
            #"{"CgroupDriver":"systemd","CgroupVersion":"2"}"#,
            RuntimeDescription(
                version: "28", apiVersion: "1.50", loggingDrivers: [], cgroupDriver: .systemd, cgroupVersion: 2)
        ),
        (#"{"CgroupDriver":"none"}"#, RuntimeDescription(version: "28", apiVersion: "1.50", loggingDrivers: [])),
    ]) func whatAnEngineSaysOfItself(information: String, description: RuntimeDescription) throws {
        let version = Data(#"{"Server":{"Version":"28","ApiVersion":"1.50"}}"#.utf8)
        #expect(try DockerOutput.description(version: version, information: Data(information.utf8)) == description)
    }
}
