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
        /// The beginning of the message; nil is "" or the container's.
        var asker: String?
        var field: String
        var testDescription: String { field }
    }

    private static let refused: [Asking] = [
        .init(
            definition: #"{"volumes":[{"name":"a"},{"name":"v","efsVolumeConfiguration":{"fileSystemId":"f"}}]}"#,
            asker: "Volume 'v': ", field: "volumes[].efsVolumeConfiguration"),
        .init(
            definition:
                #"{"volumes":[{"name":"v","fsxWindowsFileServerVolumeConfiguration":{"fileSystemId":"f"}}]}"#,
            asker: "Volume 'v': ", field: "volumes[].fsxWindowsFileServerVolumeConfiguration"),
        .init(
            definition: #"{"volumes":[{"name":"v","s3filesVolumeConfiguration":{"fileSystemArn":"f"}}]}"#,
            asker: "Volume 'v': ", field: "volumes[].s3filesVolumeConfiguration"),
        .init(
            definition: #"{"volumes":[{"name":"v","configuredAtLaunch":true}]}"#, asker: "Volume 'v': ",
            field: "volumes[].configuredAtLaunch"),
        .init(definition: #"{"proxyConfiguration":{"containerName":"app"}}"#, field: "proxyConfiguration"),
        .init(
            definition: #"{"inferenceAccelerators":[{"deviceName":"d","deviceType":"t"}]}"#,
            field: "inferenceAccelerators"),
        .init(definition: #"{"ephemeralStorage":{"sizeInGiB":21}}"#, field: "ephemeralStorage"),
        .init(definition: #"{"enableFaultInjection":true}"#, field: "enableFaultInjection"),
        .init(
            container: #"{"environmentFiles":[{"type":"s3","value":"arn:aws:s3:::b/e.env"}]}"#,
            field: "environmentFiles[].value in Amazon S3"),
        .init(container: #"{"firelensConfiguration":{"type":"fluentd"}}"#, field: "firelensConfiguration"),
        .init(container: #"{"credentialSpecs":["credentialspec:x"]}"#, field: "credentialSpecs"),
    ]

    @Test(arguments: refused) func namesWhatCannotBeRun(asking: Asking) throws {
        let definition = try taskDefinition(asking.definition, container: asking.container)
        let asker = asking.asker ?? (asking.container == "{}" ? "" : "Container 'app': ")
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
        Asking(container: #"{"versionConsistency":"enabled"}"#, field: "no effect on a task by itself"),
        Asking(
            definition: #"{"executionRoleArn":"r"}"#,
            container:
                #"{"secrets":[{"name":"a","valueFrom":"b"}],"repositoryCredentials":{"credentialsParameter":"x"}}"#,
            field: "secrets and who may read them"),
        Asking(container: #"{"versionConsistency":"disabled"}"#, field: "versionConsistency"),
        Asking(
            container:
                #"{"dependsOn":[{"containerName":"a","condition":"START"}],"startTimeout":5,"#
                + #""healthCheck":{"command":["CMD","x"]},"restartPolicy":{"enabled":true}}"#,
            field: "order, health and restarts"),
        Asking(
            container: #"{"portMappings":[{"containerPort":80,"name":"http","appProtocol":"http"}]}"#, field: "labels"),
        Asking(
            container:
                #"{"restartPolicy":{"enabled":false},"secrets":[],"#
                + #""logConfiguration":{"logDriver":"splunk","secretOptions":[]}}"#,
            field: "what is so anyway"),
        Asking(
            container: #"{"logConfiguration":{"logDriver":"splunk","secretOptions":[{"name":"a","valueFrom":"b"}]}}"#,
            field: "secrets of log drivers"),
        Asking(
            definition: #"{"cpu":"256","memory":"512","pidMode":"host","ipcMode":"none","volumes":[{"name":"v"}]}"#,
            container:
                #"{"environmentFiles":[{"type":"s3","value":"file:///e.env"}],"mountPoints":[{"sourceVolume":"v"}],"#
                + #""volumesFrom":[{"sourceContainer":"v"}]}"#, field: "what tasks may have"),
        Asking(
            definition:
                #"{"requiresCompatibilities":["FARGATE"],"enableFaultInjection":false,"volumes":[],"cpu":"","#
                + #""runtimePlatform":{"operatingSystemFamily":"WINDOWS_SERVER_2022_CORE"}}"#,
            field: "what placement decides"),
    ]) func runsWhatIsHarmless(asking: Asking) throws {
        #expect(Self.error(try taskDefinition(asking.definition, container: asking.container)) == nil)
    }

    @Test func namesTheOverride() throws {
        let files = #"[{"type":"s3","value":"arn:aws:s3:::b/e.env"}]"#
        let overrides = try shape(
            ECS.TaskOverride.self, #"{"containerOverrides":[{"name":"app","environmentFiles":\#(files)}]}"#)
        #expect(
            Self.error(try taskDefinition(), overrides)
                == .invalidParameter(
                    "Container 'app': environmentFiles[].value in Amazon S3 is not supported by this version of "
                        + "Stevedore, and an override asks for it."))
    }

    @Test func aDefinitionIsRegisteredDescribedAndNotRun() async throws {
        let plane = try TestControlPlane()
        try await plane.registerInstance()
        _ = try await plane.call(
            "RegisterTaskDefinition",
            [
                "family": "web", "enableFaultInjection": true,
                "containerDefinitions": [["name": "app", "image": "busybox", "memory": 64, "privileged": true]],
            ])
        let described = try await plane.call("DescribeTaskDefinition", ["taskDefinition": "web"])
        #expect(described.object("taskDefinition")["enableFaultInjection"] as? Bool == true)
        for operation in ["RunTask", "StartTask"] {
            let failure = try await plane.failure(
                operation,
                operation == "RunTask"
                    ? ["taskDefinition": "web"] : ["taskDefinition": "web", "containerInstances": ["x"]])
            #expect(failure.code == "ClientException")
            #expect(failure.message.hasPrefix("enableFaultInjection is not supported by this version of Stevedore"))
        }
    }

    private static func error(
        _ definition: ECS.TaskDefinition, _ overrides: ECS.TaskOverride = ECS.TaskOverride()
    ) -> AWSError? {
        do { try LaunchSupport.check(definition, with: overrides) } catch { return error }
        return nil
    }
}
