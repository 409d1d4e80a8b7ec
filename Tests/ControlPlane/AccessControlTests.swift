import AWSModels
import AWSProtocol
import AccessPolicy
import ControlPlaneAPI
import ControlPlaneState
import Foundation
import Support
import Synchronization
import Testing

/// What policies of users let through, operation by operation, and in which words the rest is refused.
@Suite struct AccessControlTests {
    static let ecs = "arn:aws:ecs:us-east-1:123456789012:"

    /// A user with these statements, each a statement's members.
    static func user(_ statements: String..., name: String = "ci") throws -> Caller {
        let text =
            #"{"Version":"2012-10-17","Statement":[\#(statements.map { "{\($0)}" }.joined(separator: ","))]}"#
        let arns = ARNFactory(region: "us-east-1", accountID: "123456789012")
        return Caller(
            principal: .user(name: name), accessKeyID: "AKIAUSER", arn: arns.user(name), sourceAddress: "192.0.2.7",
            policy: try PolicyDocument(text, .controlPlane(arns)))
    }

    static func allow(_ action: String, _ resource: String = "*", if condition: String = "{}") -> String {
        #""Effect":"Allow","Action":"\#(action)","Resource":"\#(resource)","Condition":\#(condition)"#
    }

    static func deny(_ action: String, _ resource: String = "*") -> String {
        #""Effect":"Deny","Action":"\#(action)","Resource":"\#(resource)""#
    }

    private struct EveryRole: RoleCredentialsProvider {
        func credentials(ofRole role: String, at now: Date) -> RoleCredentials? {
            RoleCredentials(accessKeyID: "a", secretAccessKey: "s")
        }
    }

    @Test func aUserWithoutPolicyMayDoNothing() async throws {
        let plane = try TestControlPlane()
        let nobody = Caller(
            principal: .user(name: "nobody"), accessKeyID: nil, arn: "arn:aws:iam::123456789012:user/nobody")
        let (code, message) = try await plane.failure("ListClusters", as: nobody)
        #expect(code == "AccessDeniedException")
        #expect(
            message == "User: arn:aws:iam::123456789012:user/nobody is not authorized to perform: ecs:ListClusters on "
                + "resource: * because no identity-based policy allows the ecs:ListClusters action")
    }

    @Test func everyOperationAsksThePolicy() async throws {
        let plane = try TestControlPlane()
        let nobody = Caller(principal: .user(name: "nobody"), accessKeyID: nil, arn: "arn:aws:iam::1:user/nobody")
        let everything = try Self.user(Self.allow("*"))
        // Enough to satisfy every operation's constraints, so that each gets as far as who is calling.
        let cluster = Self.ecs + "cluster/default"
        let input: [String: Any] = [
            "cluster": "default", "clusterName": "default", "name": "taskLongArnFormat", "value": "enabled",
            "family": "web", "containerDefinitions": [[:]], "taskDefinition": "web:1", "taskDefinitions": ["web:1"],
            "task": "t", "tasks": ["t"], "service": "s", "services": ["s"], "serviceName": "s", "taskSet": "ecs-svc/1",
            "primaryTaskSet": "ecs-svc/1", "scale": [:], "containerInstance": "i", "containerInstances": ["i"],
            "status": "DRAINING", "attributes": [["name": "a", "targetId": "i"]], "targetType": "container-instance",
            "capacityProvider": "p", "capacityProviders": ["p"], "defaultCapacityProviderStrategy": [],
            "autoScalingGroupProvider": ["autoScalingGroupArn": "a"], "settings": [], "resourceArn": cluster,
            "tags": [], "tagKeys": ["a"], "namespace": "n", "protectionEnabled": true,
            "serviceDeploymentArns": [Self.ecs + "service-deployment/c/s/d"],
            "serviceDeploymentArn": Self.ecs + "service-deployment/c/s/d",
            "serviceRevisionArns": [Self.ecs + "service-revision/c/s/1"],
        ]
        for (operation, isDone) in plane.service.operations().coverage where isDone {
            var input = input
            if operation.hasSuffix("CapacityProvider") { input["name"] = "p" }
            if operation.hasPrefix("List") { input["status"] = nil }
            let (code, message) = try await plane.failure(operation, input, as: nobody)
            #expect(code == "AccessDeniedException", "\(operation): \(code) \(message)")
            #expect(message.contains("to perform: ecs:\(operation) on resource: "), "\(operation): \(message)")
            do { _ = try await plane.call(operation, input, as: everything) } catch let error as AWSError {
                #expect(error.code != "AccessDeniedException", "\(operation): \(error)")
            }
        }
    }

    /// What is refused says on which resource: the ARN that policies see.
    @Test(arguments: [
        ("DescribeTasks", #"{"tasks":["0123"],"cluster":"prod"}"#, "task/prod/0123"),
        (
            "DescribeTasks", #"{"tasks":["arn:aws:ecs:eu-west-1:999999999999:task/prod/0123"],"cluster":"prod"}"#,
            "task/prod/0123"
        ),
        ("StopTask", #"{"task":"0123"}"#, "task/default/0123"),
        ("ListTasks", #"{"cluster":"prod"}"#, "container-instance/prod/*"),
        ("DescribeClusters", "{}", "cluster/default"),
        ("DeleteCluster", #"{"cluster":"arn:aws:ecs:us-east-1:123456789012:cluster/prod"}"#, "cluster/prod"),
        ("RunTask", #"{"taskDefinition":"web"}"#, "task-definition/web:*"),
        ("RegisterTaskDefinition", #"{"family":"web","containerDefinitions":[]}"#, "task-definition/web:*"),
        ("UpdateService", #"{"service":"s","cluster":"prod"}"#, "service/prod/s"),
        ("DescribeTaskSets", #"{"service":"s","cluster":"prod"}"#, "task-set/prod/s/*"),
        (
            "StopServiceDeployment",
            #"{"serviceDeploymentArn":"arn:aws:ecs:us-east-1:123456789012:service-deployment/c/s/d"}"#, "service/c/s"
        ),
        (
            "TagResource", #"{"resourceArn":"arn:aws:ecs:us-east-1:123456789012:task-definition/web:3","tags":[]}"#,
            "task-definition/web:3"
        ),
        (
            "PutAttributes", #"{"attributes":[{"name":"a","targetId":"i"}],"cluster":"prod"}"#,
            "container-instance/prod/i"
        ),
    ])
    func theResourceIsNamed(_ operation: String, _ body: String, _ resource: String) async throws {
        let plane = try TestControlPlane()
        let nobody = Caller(principal: .user(name: "nobody"), accessKeyID: nil, arn: "arn:aws:iam::1:user/nobody")
        let error = await #expect(throws: AWSError.self) {
            try await plane.service.operations().call(operation, body: Array(body.utf8), caller: nobody)
        }
        #expect(
            error?.message.contains("on resource: \(Self.ecs)\(resource) because") == true,
            "\(String(describing: error))")
    }

    @Test func runTaskIsAboutTheRevisionAndTheCluster() async throws {
        let plane = try TestControlPlane()
        try await plane.registerInstance()
        try await plane.registerTaskDefinition("web")
        try await plane.registerTaskDefinition("web")
        _ = try await plane.call("CreateCluster", ["clusterName": "prod"])
        let user = try Self.user(
            Self.allow(
                "ecs:RunTask", Self.ecs + "task-definition/web:2",
                if: #"{"ArnEquals":{"ecs:cluster":"\#(Self.ecs)cluster/default"}}"#))
        #expect(try await plane.call("RunTask", ["taskDefinition": "web"], as: user).list("tasks").count == 1)
        #expect(
            try await plane.failure("RunTask", ["taskDefinition": "web:1"], as: user).code == "AccessDeniedException")
        let elsewhere = try await plane.failure("RunTask", ["taskDefinition": "web", "cluster": "prod"], as: user)
        #expect(elsewhere.code == "AccessDeniedException")
        #expect(elsewhere.message.contains("task-definition/web:2"))
    }

    @Test func explicitDenialIsSaidInItsOwnWords() async throws {
        let plane = try TestControlPlane()
        let user = try Self.user(Self.allow("ecs:*"), Self.deny("ecs:Delete*", Self.ecs + "cluster/prod"))
        let (code, message) = try await plane.failure("DeleteCluster", ["cluster": "prod"], as: user)
        #expect(code == "AccessDeniedException")
        #expect(
            message == "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: ecs:DeleteCluster on "
                + "resource: \(Self.ecs)cluster/prod with an explicit deny in an identity-based policy")
        #expect(
            try await plane.failure("DeleteCluster", ["cluster": "test"], as: user).code == "ClusterNotFoundException")
    }

    @Test func allOfWhatIsNamedHasToBeAllowed() async throws {
        let plane = try TestControlPlane()
        let user = try Self.user(Self.allow("ecs:DescribeClusters", Self.ecs + "cluster/test*"))
        #expect(
            try await plane.call("DescribeClusters", ["clusters": ["test1", "test2"]], as: user).list("failures").count
                == 2)
        let failure = try await plane.failure("DescribeClusters", ["clusters": ["test1", "prod"]], as: user)
        #expect(failure.message.contains("cluster/prod because"))
    }

    /// To Swift, the sign for kelvin is a K: a name could be spelt past a policy.
    @Test func otherSpellingsOfANameAreRefused() async throws {
        let plane = try TestControlPlane()
        try await plane.registerInstance()
        try await plane.registerTaskDefinition("web")
        _ = try await plane.call(
            "CreateService", ["serviceName": "worKer", "taskDefinition": "web", "desiredCount": 0])
        let user = try Self.user(Self.allow("ecs:*"), Self.deny("ecs:*", Self.ecs + "service/default/worKer"))
        for name in ["worKer", "wor\u{212A}er"] {
            let failure = try await plane.failure("DeleteService", ["service": name], as: user)
            #expect(failure.code == "AccessDeniedException", "\(failure)")
        }
    }

    @Test func rolesHaveToBePassed() async throws {
        let plane = try TestControlPlane()
        try await plane.registerInstance()
        let definition: [String: Any] = [
            "family": "web", "taskRoleArn": "admin",
            "containerDefinitions": [["name": "a", "image": "b", "memory": 64]],
        ]
        let mayRun = try Self.user(Self.allow("ecs:*"))
        let mayPass = try Self.user(
            Self.allow("ecs:*"),
            Self.allow(
                "iam:PassRole", "arn:aws:iam::123456789012:role/adm*",
                if: #"{"StringEquals":{"iam:PassedToService":"ecs-tasks.amazonaws.com"}}"#))
        let denied =
            "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: iam:PassRole on resource: "
            + "arn:aws:iam::123456789012:role/admin because no identity-based policy allows the iam:PassRole action"
        #expect(try await plane.failure("RegisterTaskDefinition", definition, as: mayRun).message == denied)
        _ = try await plane.call("RegisterTaskDefinition", definition, as: mayPass)
        // What another has registered is no way around it, be it by name or by family.
        for (operation, input) in [
            ("RunTask", ["taskDefinition": "web"]), ("RunTask", ["taskDefinition": "web:1"]),
            ("StartTask", ["taskDefinition": "web", "containerInstances": ["i"]]),
            ("CreateService", ["serviceName": "s", "taskDefinition": "web", "desiredCount": 1]),
            ("UpdateService", ["service": "s", "taskDefinition": "web"]),
            ("CreateTaskSet", ["service": "s", "cluster": "default", "taskDefinition": "web"]),
        ] as [(String, [String: Any])] {
            #expect(try await plane.failure(operation, input, as: mayRun).message == denied, "\(operation)")
            do { _ = try await plane.call(operation, input, as: mayPass) } catch let error as AWSError {
                #expect(error.code != "AccessDeniedException", "\(operation): \(error)")
            }
        }
        try await plane.registerTaskDefinition("plain")
        for member in ["taskRoleArn", "executionRoleArn"] {
            let overrides = ["taskDefinition": "plain", "overrides": [member: "admin"]] as [String: Any]
            #expect(try await plane.failure("RunTask", overrides, as: mayRun).message == denied)
        }
        #expect(try await plane.call("RunTask", ["taskDefinition": "plain"], as: mayRun).list("tasks").count == 1)
    }

    /// A revision with another role is registered after it was decided that the family may be run.
    @Test func whatIsRunIsWhatWasDecidedAbout() async throws {
        let plane = try TestControlPlane()
        try await plane.registerInstance()
        try await plane.registerTaskDefinition("web")
        let (state, clock) = (plane.state, plane.clock)
        let isArmed = Mutex(true)
        // RunTask asks for the time between the decision and its transaction.
        let context = ServiceContext(
            state: state, arns: plane.context.arns, vpc: plane.context.vpc,
            now: {
                let isNow = isArmed.withLock { isArmed in
                    defer { isArmed = false }
                    return isArmed
                }
                guard isNow else { return clock.now }
                _ = try? state.transactNow { tx in
                    guard var record = tx.taskDefinitions.latestActive(of: "web") else { return }
                    record.id = TaskDefinitionID(family: "web", revision: 2)
                    record.definition.revision = 2
                    record.definition.taskRoleArn = "admin"
                    tx.put(record)
                }
                return clock.now
            }, log: .discarding, roles: EveryRole())
        let table = ECSService(context: context).operations()
        let user = try Self.user(Self.allow("ecs:RunTask"))
        let body = Array(#"{"taskDefinition":"web"}"#.utf8)
        let output = try await table.call("RunTask", body: body, caller: user)
        #expect(!isArmed.withLock { $0 })
        let answer = try JSONSerialization.jsonObject(with: Data(output)) as? [String: Any] ?? [:]
        #expect(answer.list("tasks").map { $0.text("taskDefinitionArn") } == [Self.ecs + "task-definition/web:1"])
        #expect(
            try await plane.failure("RunTask", ["taskDefinition": "web"], as: user).message.contains("iam:PassRole"))
    }

    @Test func tagsOfTheRequestAndOfTheResourceCount() async throws {
        let plane = try TestControlPlane()
        let tagged = { (team: String) in [["key": "team", "value": team]] }
        let user = try Self.user(
            Self.allow("ecs:CreateCluster", if: #"{"StringEquals":{"aws:RequestTag/Team":"web"}}"#),
            Self.allow("ecs:TagResource", if: #"{"StringEquals":{"ecs:CreateAction":"CreateCluster"}}"#),
            Self.allow("ecs:DeleteCluster", if: #"{"StringEquals":{"aws:ResourceTag/team":"web"}}"#))
        _ = try await plane.call("CreateCluster", ["clusterName": "a", "tags": tagged("web")], as: user)
        _ = try await plane.call("CreateCluster", ["clusterName": "b", "tags": tagged("db")])
        for input in [["clusterName": "c", "tags": tagged("db")], ["clusterName": "c"]] as [[String: Any]] {
            #expect(try await plane.failure("CreateCluster", input, as: user).code == "AccessDeniedException")
        }
        let tagging: [String: Any] = ["resourceArn": Self.ecs + "cluster/b", "tags": tagged("web")]
        #expect(try await plane.failure("TagResource", tagging, as: user).code == "AccessDeniedException")
        #expect(try await plane.failure("DeleteCluster", ["cluster": "b"], as: user).code == "AccessDeniedException")
        _ = try await plane.call("DeleteCluster", ["cluster": "a"], as: user)
    }

    @Test func theUserAndItsAddressCount() async throws {
        let plane = try TestControlPlane()
        let fromHere = #"{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#
        let fromThere = #"{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}}"#
        let isSelf = #"{"StringEquals":{"aws:username":"ci"},"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/c?"}}"#
        for (condition, isAllowed) in [(fromHere, true), (fromThere, false), (isSelf, true)] {
            let user = try Self.user(Self.allow("ecs:ListClusters", if: condition))
            if isAllowed {
                _ = try await plane.call("ListClusters", as: user)
            } else {
                #expect(try await plane.failure("ListClusters", as: user).code == "AccessDeniedException")
            }
        }
        let own = try Self.user(Self.allow("ecs:CreateCluster", Self.ecs + "cluster/${aws:username}-*"))
        _ = try await plane.call("CreateCluster", ["clusterName": "ci-1"], as: own)
        #expect(
            try await plane.failure("CreateCluster", ["clusterName": "prod"], as: own).code == "AccessDeniedException")
    }
}
