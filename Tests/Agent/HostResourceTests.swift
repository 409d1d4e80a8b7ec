import AWSModels
import AWSProtocol
import AgentProtocol
import Foundation
import Testing

@testable import AgentEngine
@testable import AgentRuntime
@testable import AgentSession

@Suite struct DynamicPortRangeTests {
    @Test(
        arguments: [
            ("32768\t60999\n", 32768...60999), ("1024 65535", 32768...60999), ("40000\t70", 32768...60999),
            ("50000\t65535\n", 50000...60999), ("10000 20000", 10000...20000), ("", 32768...60999),
            ("x y", 32768...60999),
        ] as [(String, ClosedRange<Int>)])
    func theKernelsRangeWithinTheUsualOne(text: String, expected: ClosedRange<Int>) {
        #expect(DynamicPortRange.range(kernel: text) == expected)
    }

    @Test func onlyAnUnusualRangeIsTold() {
        #expect(DynamicPortRange.attributes(32768...60999).isEmpty)
        #expect(
            DynamicPortRange.attributes(40000...40999)
                == [.init("ecs.capability.network.dynamic-host-port-range", "40000-40999")])
    }
}

@Suite struct GPUInventoryTests {
    @Test func readsWhatTheToolSays() {
        let inventory = GPUInventory(csv: "GPU-8f6d-1, 535.104.05\nGPU-8f6d-2, 535.104.05\n")
        #expect(inventory?.ids == ["GPU-8f6d-1", "GPU-8f6d-2"])
        #expect(
            inventory?.attributes == [
                .init("ecs.capability.nvidia-driver-version.535.104.05"),
                .init("ecs.capability.gpu-driver-version", "535.104.05"),
            ])
        #expect(GPUInventory(csv: "") == GPUInventory())
        #expect(GPUInventory().attributes.isEmpty)
    }

    @Test(arguments: [
        "No devices were found\n", "GPU-1\n", "GPU-1, 5, 6\n", "GPU-1, 5\nGPU-1, 5\n", "[N/A], 535.1\n",
    ])
    func anythingElseIsNoInventory(text: String) {
        #expect(GPUInventory(csv: text) == nil)
    }

    @Test func devicesAreRegisteredAsECSsAgentDoes() throws {
        var registration = InstanceRegistration(
            cluster: "default", cpuUnits: 1, memoryMiB: 1, reservedPorts: [], reservedUDPPorts: [], attributes: [],
            agentVersion: "1", runtimeVersion: "1")
        registration.gpuIDs = ["GPU-1", "GPU-2"]
        let body = try JSONEncoder().encode(RegisterContainerInstance.Request(registration))
        let read = try AWSJSONCodec().decode(ECS.RegisterContainerInstanceRequest.self, from: Array(body))
        #expect(read.platformDevices == ["GPU-1", "GPU-2"].map { ECS.PlatformDevice(id: $0, type: .gpu) })
    }
}

@Suite struct GPUArgumentsTests {
    private static func words(
        _ ids: [String], runtime: String?, environment: [ContainerLaunch.Variable] = []
    ) throws -> DockerArguments.Invocation {
        var launch = ContainerLaunch(name: "n", image: "box", environment: environment)
        launch.gpuIDs = ids
        launch.gpuRuntime = runtime
        return try DockerArguments.run(launch, ownEnvironment: [:])
    }

    @Test func nvidiasRuntimeReadsTheEnvironment() throws {
        let line = try Self.words(
            ["GPU-1", "GPU-2"], runtime: "nvidia", environment: [.init(name: "NVIDIA_VISIBLE_DEVICES", value: "all")])
        #expect(line.arguments.contains("--runtime=nvidia"))
        #expect(!line.arguments.contains { $0.hasPrefix("--gpus") })
        #expect(
            line.standardInput.map { String(decoding: $0, as: UTF8.self) } == "NVIDIA_VISIBLE_DEVICES=GPU-1,GPU-2\n")
    }

    @Test func withoutItDevicesAreOneFieldOfCSV() throws {
        let line = try Self.words(["GPU-1", "MIG-GPU-2/1/0"], runtime: nil)
        #expect(line.arguments.contains(#"--gpus="device=GPU-1,MIG-GPU-2/1/0""#))
        #expect(!line.arguments.contains { $0.hasPrefix("--runtime") })
    }

    @Test func aContainerWithoutGPUsIsAsBefore() throws {
        let line = try Self.words([], runtime: "nvidia")
        #expect(!line.arguments.contains { $0.hasPrefix("--runtime") || $0.hasPrefix("--gpus") })
        #expect(line.standardInput == nil)
    }

    @Test(arguments: ["", "a\"b", "a,b", "all b", "x\n"]) func aStrangeIDIsRefused(id: String) {
        #expect(throws: RuntimeError.self) { try Self.words([id], runtime: nil) }
    }
}

@Suite struct PortRangeArgumentsTests {
    @Test func aRangeIsOneFlag() throws {
        var launch = ContainerLaunch(name: "n", image: "box")
        launch.ports = [.init(hostPort: 40000, containerPort: 8000, transportProtocol: .udp, portCount: 11)]
        let line = try DockerArguments.run(launch, ownEnvironment: [:])
        #expect(line.arguments.contains("--publish=0.0.0.0:40000-40010:8000-8010/udp"))
    }

    @Test(arguments: [
        (
            "Bind for 0.0.0.0:40007 failed: port is already allocated", 8007,
            ContainerLaunch.PublishedPort.TransportProtocol.tcp
        ),
        ("failed to bind host port for 0.0.0.0:40010:172.17.0.2:8010/tcp: address already in use", 8010, .tcp),
        ("failed to bind host port 0.0.0.0:40003/udp: address already in use", 93, .udp),
        ("listen udp4 0.0.0.0:40003: bind: address already in use", 93, .udp),
    ])
    func thePortOfARangeIsFoundInTheMessage(
        text: String, containerPort: Int, kind: ContainerLaunch.PublishedPort.TransportProtocol
    ) {
        var launch = ContainerLaunch(name: "n", image: "box")
        launch.ports = [
            .init(hostPort: 40000, containerPort: 8000, transportProtocol: .tcp, portCount: 11),
            .init(hostPort: 40000, containerPort: 90, transportProtocol: .udp, portCount: 5),
        ]
        let error = DockerOutput.runError(text, containerID: "id", launch: launch)
        guard case .portInUse(let port) = error.code else {
            Issue.record("\(error.code)")
            return
        }
        #expect((port.containerPort, port.transportProtocol) == (containerPort, kind))
        #expect(port.portCount == 1)
    }
}

@Suite struct PortBookTests {
    private static func binding(_ hostPort: Int, count: Int? = nil) -> PortBinding {
        PortBinding(
            containerPort: 80, hostPort: hostPort, transportProtocol: .tcp, isDynamic: true, portCount: count)
    }

    private static func tcp(_ numbers: ClosedRange<Int>) -> Set<PortBook.Port> {
        Set(numbers.map { .init(number: $0, transportProtocol: .tcp) })
    }

    /// Whatever is held, a replacement is free, is not reserved, lies in the range, and what it replaces is given back.
    @Test(arguments: 0..<100 as Range<UInt64>) func replacementsAreFree(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        let range = 100...140
        let reserved = Self.tcp(110...111)
        var book = PortBook(dynamicRange: range, reserved: reserved)
        let count = Int.random(in: 1...6, using: &generator)
        let old = Self.binding(range.lowerBound, count: count == 1 ? nil : count)
        book.take(PortBook.ports([old]), for: "mine")
        let others = Set(
            (0..<Int.random(in: 0...25, using: &generator)).map { _ in
                Int.random(in: 107...140, using: &generator)
            })
        for number in others { book.take(Self.tcp(number...number), for: "other") }
        let free = range.filter {
            !old.hostPorts.contains($0) && !others.contains($0) && !(110...111).contains($0)
        }
        let hasRow = free.contains { first in (first..<first + count).allSatisfy(free.contains) }
        guard let first = book.replace(old, for: "mine", using: &generator) else {
            #expect(!hasRow)
            return
        }
        let new = first...first + count - 1
        #expect(new.allSatisfy(free.contains))
        #expect(book.reserve(PortBook.ports([old]), for: "next") == nil, "the old ones are free")
        #expect(book.reserve(Self.tcp(new), for: "late") == "mine")
        #expect(book.release("mine", hadContainers: true, at: Date()) == ["late"])
    }

    @Test func aRangeWaitsForAnyOfItsPorts() {
        var book = PortBook()
        #expect(book.reserve(PortBook.ports([Self.binding(40000, count: 10)]), for: "a") == nil)
        #expect(book.reserve(PortBook.ports([Self.binding(40009)]), for: "b") == "a")
        #expect(book.release("a", hadContainers: true, at: Date()) == ["b"])
    }

    @Test func portsOfAContainerMayStillBeOursForAWhile() {
        var book = PortBook()
        let port = PortBook.Port(number: 40000, transportProtocol: .tcp)
        let end = Date(timeIntervalSince1970: 1000)
        book.take([port], for: "a")
        #expect(!book.mayStillBeOurs(port, at: end))
        _ = book.release("a", hadContainers: false, at: end)
        #expect(!book.mayStillBeOurs(port, at: end))
        book.take([port], for: "b")
        _ = book.release("b", hadContainers: true, at: end)
        #expect(book.mayStillBeOurs(port, at: end.addingTimeInterval(9)))
        #expect(!book.mayStillBeOurs(.init(number: 40000, transportProtocol: .udp), at: end))
        #expect(!book.mayStillBeOurs(port, at: end.addingTimeInterval(10)))
    }
}
