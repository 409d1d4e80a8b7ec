import AgentRuntime
import Foundation
import Testing

@testable import AgentEngine

@Suite struct ImageCleanupTests {
    private static func pulled(_ name: String, age: Int = 7200, idle: Int = 7200) -> ImageCleanupPlan.PulledImage {
        .init(name: name, age: .seconds(age), idle: .seconds(idle))
    }

    private static func image(_ id: String, _ names: String...) -> RuntimeImage { RuntimeImage(id: id, names: names) }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var pulled: [ImageCleanupPlan.PulledImage] = []
        var present: [RuntimeImage] = []
        var used: Set<String> = []
        var wanted: Set<String> = []
        var superseded: [String: Duration] = [:]
        var untracked: [String: Duration] = [:]
        var policy: @Sendable (inout ImageCleanupPolicy) -> Void = { _ in }
        var removals: [String] = []
        var missing: [String] = []
    }

    @Test(arguments: [
        Case(
            testDescription: "the least recently used goes first, and no more than a round takes",
            pulled: [pulled("a", idle: 10), pulled("b", idle: 30), pulled("c", idle: 20)],
            present: [image("1", "a:latest"), image("2", "b:latest"), image("3", "c:latest")],
            policy: { $0.limit = 2 }, removals: ["b", "c"]),
        Case(
            testDescription: "a young image stays", pulled: [pulled("a", age: 3599)], present: [image("1", "a:latest")]),
        Case(
            testDescription: "what a container uses stays, whatever its name", pulled: [pulled("a")],
            present: [image("1", "a:latest", "other:2")], used: ["1"]),
        Case(
            testDescription: "what a task names stays", pulled: [pulled("a")], present: [image("1", "a:latest")],
            wanted: ["a"]),
        Case(
            testDescription: "what a task names otherwise stays", pulled: [pulled("a")],
            present: [image("1", "a:latest")], wanted: ["docker.io/library/a:latest"]),
        Case(
            testDescription: "what others pulled stays", pulled: [pulled("a")],
            present: [image("1", "a:latest"), image("2", "b:latest")], untracked: ["2": .seconds(9999)],
            removals: ["a"]),
        Case(
            testDescription: "others' images go when asked, after our own, within the same number",
            pulled: [pulled("a")], present: [image("1", "a:latest"), image("2", "b:1", "b:2"), image("3"), image("4")],
            untracked: ["2": .seconds(9999), "3": .seconds(8888), "4": .seconds(3599)],
            policy: {
                $0.includesUntracked = true
                $0.limit = 3
            }, removals: ["a", "b:1", "b:2", "3"]),
        Case(
            testDescription: "excluded images stay, under any of their names", pulled: [pulled("a"), pulled("b")],
            present: [image("1", "a:latest", "keep:me"), image("2", "b:latest")],
            policy: { $0.excluded = ["keep:me", "b"] }),
        Case(
            testDescription: "the pause image stays", pulled: [pulled("stevedore/pause:0.1")],
            present: [image("1", "stevedore/pause:0.1"), image("2", "stevedore/pause:0.2")],
            untracked: ["2": .seconds(9999)], policy: { $0.includesUntracked = true }),
        Case(
            testDescription: "what is gone is told, unless a task waits for it", pulled: [pulled("a"), pulled("b")],
            wanted: ["b"], missing: ["a"]),
        Case(
            testDescription: "an image whose tag a newer one took goes as well", pulled: [pulled("r.io/a:1", age: 60)],
            present: [image("2", "r.io/a:1"), image("1", "r.io/a@sha256:0a"), image("0")],
            superseded: ["1": .seconds(3600), "0": .seconds(3599), "2": .seconds(9999)], removals: ["r.io/a@sha256:0a"]),
        Case(
            testDescription: "unless someone gave it another tag", pulled: [pulled("a:1", age: 60)],
            present: [image("2", "a:1"), image("1", "mine:keep")], superseded: ["1": .seconds(3600)]),
        Case(
            testDescription: "nothing goes when it is off", pulled: [pulled("a")], present: [image("1", "a:latest")],
            policy: { $0.isEnabled = false }),
    ])
    func whatGoes(test: Case) {
        var policy = ImageCleanupPolicy()
        test.policy(&policy)
        let plan = ImageCleanupPlan(
            pulled: test.pulled, present: test.present, usedIDs: test.used, wanted: test.wanted,
            superseded: test.superseded, untracked: test.untracked, policy: policy)
        #expect(plan.removals == test.removals)
        #expect(plan.missing == test.missing)
    }

    @Test func othersAgeFromWhenTheyAreFirstSeenUnused() {
        var policy = ImageCleanupPolicy()
        policy.includesUntracked = true
        policy.untrackedContainerAge = .seconds(100)
        var cleaner = ImageCleaner()
        func plan(_ seconds: Int, _ uses: [ImageUse]) -> (images: [String], containers: [String]) {
            let result = cleaner.plan(
                pulled: [], present: [Self.image("1", "a:1"), Self.image("2", "b:1")], uses: uses, wanted: [],
                uptime: .seconds(seconds), policy: policy)
            return (result.images.removals, result.containers)
        }
        func use(_ maker: ImageUse.Maker, isStopped: Bool) -> ImageUse {
            ImageUse(containerID: "c", imageID: "1", isStopped: isStopped, maker: maker)
        }
        #expect(plan(0, [use(.somethingElse, isStopped: false)]) == ([], []))
        #expect(plan(3600, [use(.somethingElse, isStopped: true)]) == (["b:1"], []))
        #expect(plan(3699, [use(.somethingElse, isStopped: true)]) == (["b:1"], []))
        #expect(plan(3700, [use(.somethingElse, isStopped: true)]) == (["b:1"], ["c"]))
        #expect(plan(3700, [use(.otherAgent, isStopped: true)]) == (["b:1"], []))
        #expect(plan(3800, []) == (["b:1"], []))
        #expect(plan(7399, []) == (["b:1"], []))
        #expect(plan(7400, []) == (["b:1", "a:1"], []))
    }

    @Test func whatOurContainersLeaveWithoutANameGoesInTime() {
        var cleaner = ImageCleaner()
        func plan(_ seconds: Int, _ present: [RuntimeImage], used: String?) -> [String] {
            cleaner.plan(
                pulled: [.init(name: "a", age: .seconds(seconds), idle: .zero)], present: present,
                uses: used.map { [ImageUse(containerID: "c", imageID: $0, isStopped: false, maker: .thisAgent)] } ?? [],
                wanted: ["a"], uptime: .seconds(seconds), policy: ImageCleanupPolicy()
            ).images.removals
        }
        let newer = Self.image("2", "a:latest")
        #expect(plan(0, [Self.image("1", "a:latest"), Self.image("9")], used: nil) == [])
        #expect(plan(10, [Self.image("1"), newer, Self.image("9")], used: "1") == [])
        #expect(plan(3609, [Self.image("1"), newer, Self.image("9")], used: nil) == [])
        #expect(plan(3610, [Self.image("1"), newer, Self.image("9")], used: nil) == ["1"])
    }

    @Test(arguments: [
        ("busybox", "docker.io/library/busybox:latest"), ("busybox:1", "docker.io/library/busybox:1"),
        ("me/app", "docker.io/me/app:latest"), ("index.docker.io/me/app:1", "docker.io/me/app:1"),
        ("localhost/app", "localhost/app:latest"), ("127.0.0.1:5000/app", "127.0.0.1:5000/app:latest"),
        ("r.io/a/b:1@sha256:0a", "r.io/a/b@sha256:0a"),
        ("docker.io/library/busybox", "docker.io/library/busybox:latest"),
    ])
    func namesHaveOneLongForm(short: String, long: String) {
        #expect(ImageReference.canonical(short) == long)
        #expect(ImageReference.canonical(long) == long)
    }
}
