import AWSProtocol
import AccessPolicy
import ControlPlaneAPI
import ControlPlaneState
import Foundation
import HTTPServer
import Support
import Testing

/// Keys of people and programs: made, listed, changed, and refused from the moment that they are not to work.
@Suite struct AccessKeyServiceTests {
    private static let policy =
        #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ecs:ListClusters","Resource":"*"}}"#

    private struct Keys {
        let plane: TestControlPlane
        let service: AccessKeyService

        init(_ plane: TestControlPlane) {
            self.plane = plane
            let clock = plane.clock
            service = AccessKeyService(
                state: plane.state, arns: plane.context.arns, now: { clock.now }, random: plane.context.random,
                log: .discarding)
        }

        init() throws { self.init(try TestControlPlane()) }

        func create(_ name: String, policy: String? = nil) async throws -> String {
            try #require(try await service.answer(.create(name: name, policy: policy)).secret).accessKeyID
        }

        func refusal(_ request: AccessKeyRequest) async -> String {
            do {
                _ = try await service.answer(request)
                return ""
            } catch { return error.message }
        }

        var list: [AccessKeyReply.Key] {
            get async throws { try #require(try await service.answer(.list).keys) }
        }
    }

    @Test func aKeyIsMadeWithItsSecretAndListedWithout() async throws {
        let keys = try Keys()
        let secret = try #require(try await keys.service.answer(.create(name: "ci", policy: Self.policy)).secret)
        #expect(secret.name == "ci" && secret.region == "us-east-1")
        #expect(secret.accessKeyID.hasPrefix("AKIA") && secret.secretAccessKey.count == 40)
        let listed = try await keys.list
        #expect(listed.map(\.accessKeyID) == [secret.accessKeyID])
        #expect(listed[0].isEnabled && listed[0].hasPolicy && listed[0].name == "ci")
        #expect(try await keys.service.answer(.policy(accessKeyID: secret.accessKeyID)).policy == Self.policy)
    }

    @Test func namesAreCheckedAndUnique() async throws {
        let keys = try Keys()
        _ = try await keys.create("ci")
        #expect(await keys.refusal(.create(name: "CI", policy: nil)).contains("already"))
        for name in ["", "a b", "a\n[default]", "é", "a/b", "[x]", String(repeating: "a", count: 65)] {
            #expect(await keys.refusal(.create(name: name, policy: nil)).contains("has 1 to 64"), "\(name)")
        }
        #expect(try await keys.list.count == 1)
    }

    @Test func aPolicyIsRefusedBeforeAnythingIsChanged() async throws {
        let keys = try Keys()
        let bad = Self.policy.replacing("ListClusters", with: "ListKlusters")
        #expect(await keys.refusal(.create(name: "ci", policy: bad)).contains("there is no action ecs:ListKlusters"))
        #expect(try await keys.list.isEmpty)
        let id = try await keys.create("ci", policy: Self.policy)
        #expect(await keys.refusal(.setPolicy(accessKeyID: id, policy: bad)).contains("there is no action"))
        #expect(try await keys.service.answer(.policy(accessKeyID: id)).policy == Self.policy)
    }

    @Test func keysAreRotated() async throws {
        let keys = try Keys()
        let first = try await keys.create("ci", policy: Self.policy)
        let second = try #require(try await keys.service.answer(.rotate(accessKeyID: first, keepOld: true)).secret)
        #expect(Set(try await keys.list.map(\.accessKeyID)) == [first, second.accessKeyID])
        #expect(await keys.refusal(.rotate(accessKeyID: first, keepOld: true)).contains("all that one can have"))
        let third = try #require(try await keys.service.answer(.rotate(accessKeyID: first, keepOld: false)).secret)
        #expect(Set(try await keys.list.map(\.accessKeyID)) == [second.accessKeyID, third.accessKeyID])
        #expect(try await keys.list.allSatisfy { $0.hasPolicy && $0.name == "ci" })
    }

    @Test func theLastKeyTakesItsUserAlong() async throws {
        let keys = try Keys()
        let id = try await keys.create("ci", policy: Self.policy)
        _ = try await keys.service.answer(.delete(accessKeyID: id))
        #expect(try await keys.list.isEmpty)
        // Another of this name has nothing of the first one's.
        _ = try await keys.create("ci")
        #expect(try await keys.list[0].hasPolicy == false)
    }

    @Test func theRootKeyAndAgentsAreOutOfReach() async throws {
        let keys = try Keys()
        let plane = keys.plane
        try await plane.state.transact { tx in
            for (id, principal) in [
                ("ROOT", .root), ("AGENT", .agent(cluster: .default, containerInstance: nil)),
            ] as [(String, AccessKeyRecord.Principal)] {
                tx.put(
                    AccessKeyRecord(
                        accessKeyID: id, secretAccessKey: "s", principal: principal, createdAt: plane.clock.now))
            }
        }
        for id in ["ROOT", "AGENT", "NONE"] {
            for request: AccessKeyRequest in [
                .delete(accessKeyID: id), .setEnabled(accessKeyID: id, false), .policy(accessKeyID: id),
                .rotate(accessKeyID: id, keepOld: false), .setPolicy(accessKeyID: id, policy: Self.policy),
            ] {
                #expect(await keys.refusal(request).contains("there is no key \(id)"))
            }
        }
        #expect(try await keys.list.isEmpty)
    }

    @Test func keysSurviveARestart() async throws {
        let keys = try Keys()
        let first = try await keys.create("ci", policy: Self.policy)
        let second = try await keys.create("ops")
        _ = try await keys.service.answer(.setEnabled(accessKeyID: second, false))
        let before = try await keys.list
        let again = Keys(try TestControlPlane(store: keys.plane.store))
        #expect(try await again.list == before)
        #expect(try await again.service.answer(.policy(accessKeyID: first)).policy == Self.policy)
        #expect(again.service.unreadablePolicies().isEmpty)
    }

    @Test func whatCannotBeReadIsRefused() async throws {
        let keys = try Keys()
        for body in ["", "{}", #"{"destroy":{}}"#] {
            let response = await keys.service.handle(
                Request(method: "POST", path: AccessKeyService.path, body: Array(body.utf8)))
            guard case .bytes(let bytes) = response.body else { return }
            let reply = try JSONDecoder().decode(AccessKeyReply.self, from: Data(bytes))
            #expect(reply.refusal == "the request cannot be read")
        }
    }

    /// A policy that an older program took and this one does not know: its user may do nothing, and it is said.
    @Test func aPolicyThatCannotBeReadAnyMoreAllowsNothing() async throws {
        let keys = try Keys()
        _ = try await keys.create("ci")
        try await keys.plane.state.transact { tx in
            var user = try #require(tx.access.user("ci"))
            user.policy = #"{"Statement":{"Effect":"Allow","Action":"ecs:Other","Resource":"*"}}"#
            tx.put(user)
        }
        #expect(keys.service.unreadablePolicies().map(\.user) == ["ci"])
    }
}
