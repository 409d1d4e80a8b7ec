import AWSModels
import AWSProtocol
import Foundation
import Testing

@testable import ControlPlaneAPI

@Suite struct LaunchSupportTests {
    /// A task definition, or its container `app`, that asks for something.
    struct Asking: Sendable, CustomTestStringConvertible {
        var definition = "{}"
        var container = "{}"
        var field: String
        var testDescription: String { field }
    }

    private static let refused: [Asking] = [
        .init(definition: #"{"taskRoleArn":"r"}"#, field: "taskRoleArn"),
        .init(definition: #"{"executionRoleArn":"r"}"#, field: "executionRoleArn"),
        .init(definition: #"{"cpu":"256"}"#, field: "cpu at task level"),
        .init(definition: #"{"memory":"512"}"#, field: "memory at task level"),
        .init(definition: #"{"volumes":[{"name":"v"}]}"#, field: "volumes"),
        .init(definition: #"{"pidMode":"host"}"#, field: "pidMode"),
        .init(definition: #"{"ipcMode":"none"}"#, field: "ipcMode"),
        .init(definition: #"{"proxyConfiguration":{"containerName":"app"}}"#, field: "proxyConfiguration"),
        .init(
            definition: #"{"inferenceAccelerators":[{"deviceName":"d","deviceType":"t"}]}"#,
            field: "inferenceAccelerators"),
        .init(definition: #"{"ephemeralStorage":{"sizeInGiB":21}}"#, field: "ephemeralStorage"),
        .init(definition: #"{"enableFaultInjection":true}"#, field: "enableFaultInjection"),
        .init(container: #"{"repositoryCredentials":{"credentialsParameter":"x"}}"#, field: "repositoryCredentials"),
        .init(container: #"{"links":["a"]}"#, field: "links"),
        .init(
            container: #"{"portMappings":[{"containerPortRange":"1-2"}]}"#, field: "portMappings[].containerPortRange"),
        .init(container: #"{"restartPolicy":{"enabled":true}}"#, field: "restartPolicy"),
        .init(container: #"{"environmentFiles":[{"type":"s3","value":"x"}]}"#, field: "environmentFiles"),
        .init(container: #"{"mountPoints":[{"sourceVolume":"v"}]}"#, field: "mountPoints"),
        .init(container: #"{"volumesFrom":[{"sourceContainer":"v"}]}"#, field: "volumesFrom"),
        .init(container: #"{"linuxParameters":{"initProcessEnabled":true}}"#, field: "linuxParameters"),
        .init(container: #"{"linuxParameters":{"capabilities":{"drop":["ALL"]}}}"#, field: "linuxParameters"),
        .init(container: #"{"secrets":[{"name":"a","valueFrom":"b"}]}"#, field: "secrets"),
        .init(container: #"{"dependsOn":[{"containerName":"a","condition":"START"}]}"#, field: "dependsOn"),
        .init(container: #"{"hostname":"h"}"#, field: "hostname"),
        .init(container: #"{"disableNetworking":true}"#, field: "disableNetworking"),
        .init(container: #"{"privileged":true}"#, field: "privileged"),
        .init(container: #"{"readonlyRootFilesystem":true}"#, field: "readonlyRootFilesystem"),
        .init(container: #"{"dnsServers":["1.1.1.1"]}"#, field: "dnsServers"),
        .init(container: #"{"dnsSearchDomains":["x"]}"#, field: "dnsSearchDomains"),
        .init(container: #"{"extraHosts":[{"hostname":"a","ipAddress":"1.1.1.1"}]}"#, field: "extraHosts"),
        .init(container: #"{"dockerSecurityOptions":["no-new-privileges"]}"#, field: "dockerSecurityOptions"),
        .init(container: #"{"interactive":true}"#, field: "interactive"),
        .init(container: #"{"pseudoTerminal":true}"#, field: "pseudoTerminal"),
        .init(container: #"{"ulimits":[{"name":"nofile","softLimit":1,"hardLimit":1}]}"#, field: "ulimits"),
        .init(container: #"{"logConfiguration":{"logDriver":"json-file"}}"#, field: "logConfiguration"),
        .init(container: #"{"healthCheck":{"command":["CMD","x"]}}"#, field: "healthCheck"),
        .init(container: #"{"systemControls":[{"namespace":"net.x","value":"1"}]}"#, field: "systemControls"),
        .init(container: #"{"resourceRequirements":[{"type":"GPU","value":"1"}]}"#, field: "resourceRequirements"),
        .init(container: #"{"firelensConfiguration":{"type":"fluentd"}}"#, field: "firelensConfiguration"),
        .init(container: #"{"credentialSpecs":["credentialspec:x"]}"#, field: "credentialSpecs"),
    ]

    @Test(arguments: refused) func namesWhatCannotBeRun(asking: Asking) throws {
        let definition = try taskDefinition(asking.definition, container: asking.container)
        let asker = asking.container == "{}" ? "" : "Container 'app': "
        #expect(
            Self.error(definition)
                == .client(
                    "\(asker)\(asking.field) is not supported by this version of Stevedore: the task definition can be "
                        + "registered but not run."))
    }

    /// Whoever takes a field off the list takes its row off this table.
    @Test func everyEntryHasItsCase() {
        #expect(Set(LaunchSupport.missing.map(\.field)) == Set(Self.refused.map(\.field)))
    }

    @Test(arguments: [
        Asking(
            container: #"{"versionConsistency":"enabled","startTimeout":5}"#, field: "no effect on a task by itself"),
        Asking(container: #"{"versionConsistency":"disabled"}"#, field: "versionConsistency"),
        Asking(
            container: #"{"portMappings":[{"containerPort":80,"name":"http","appProtocol":"http"}]}"#, field: "labels"),
        Asking(
            container:
                #"{"interactive":false,"pseudoTerminal":false,"privileged":false,"readonlyRootFilesystem":false,"#
                + #""disableNetworking":false,"restartPolicy":{"enabled":false},"links":[],"secrets":[],"hostname":""}"#,
            field: "what is so anyway"),
        Asking(
            container: #"{"linuxParameters":{"initProcessEnabled":false,"capabilities":{"add":[]},"devices":[]}}"#,
            field: "empty linuxParameters"),
        Asking(
            definition:
                #"{"requiresCompatibilities":["FARGATE"],"enableFaultInjection":false,"volumes":[],"cpu":"","#
                + #""runtimePlatform":{"operatingSystemFamily":"WINDOWS_SERVER_2022_CORE"}}"#,
            field: "what placement decides"),
    ]) func runsWhatIsHarmless(asking: Asking) throws {
        #expect(Self.error(try taskDefinition(asking.definition, container: asking.container)) == nil)
    }

    @Test func namesTheOverride() throws {
        let overrides = try shape(
            ECS.TaskOverride.self,
            #"{"containerOverrides":[{"name":"app","resourceRequirements":[{"type":"GPU","value":"1"}]}]}"#)
        #expect(
            Self.error(try taskDefinition(), overrides)
                == .invalidParameter(
                    "Container 'app': resourceRequirements is not supported by this version of Stevedore, and an "
                        + "override asks for it."))
    }

    @Test func aDefinitionIsRegisteredDescribedAndNotRun() async throws {
        let plane = try TestControlPlane()
        try await plane.registerInstance()
        _ = try await plane.call(
            "RegisterTaskDefinition",
            [
                "family": "web", "taskRoleArn": "arn:aws:iam::123456789012:role/r",
                "containerDefinitions": [["name": "app", "image": "busybox", "memory": 64, "privileged": true]],
            ])
        let described = try await plane.call("DescribeTaskDefinition", ["taskDefinition": "web"])
        #expect(described.object("taskDefinition").text("taskRoleArn").hasSuffix("role/r"))
        for operation in ["RunTask", "StartTask"] {
            let failure = try await plane.failure(
                operation,
                operation == "RunTask"
                    ? ["taskDefinition": "web"] : ["taskDefinition": "web", "containerInstances": ["x"]])
            #expect(failure.code == "ClientException")
            #expect(failure.message.hasPrefix("taskRoleArn is not supported by this version of Stevedore"))
        }
    }

    private static func error(
        _ definition: ECS.TaskDefinition, _ overrides: ECS.TaskOverride = ECS.TaskOverride()
    ) -> AWSError? {
        do { try LaunchSupport.check(definition, with: overrides) } catch { return error }
        return nil
    }
}
