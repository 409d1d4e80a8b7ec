import ControlPlaneState
import Foundation
import Testing

@Suite struct ClusterConfigurationTests {
    private static func command(_ configuration: [String: any Sendable]) -> [String: any Sendable] {
        ["executeCommandConfiguration": configuration]
    }

    /// The members that `include` gates, and what each is with and without.
    @Test(arguments: [nil, "ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"] as [String?])
    func includeGates(field: String?) async throws {
        let plane = try TestControlPlane()
        _ = try await plane.call(
            "CreateCluster",
            [
                "tags": [["key": "k", "value": "v"]], "configuration": Self.command(["logging": "NONE"]),
                "settings": [["name": "containerInsights", "value": "enhanced"]], "capacityProviders": ["FARGATE"],
                "serviceConnectDefaults": ["namespace": "shop"],
            ])
        let described = try await plane.call("DescribeClusters", ["include": field.map { [$0] } ?? []])
        let cluster = described.list("clusters")[0]
        #expect(cluster.list("tags").isEmpty == (field != "TAGS"))
        #expect(cluster.list("settings").isEmpty == (field != "SETTINGS"))
        #expect(cluster.list("statistics").isEmpty == (field != "STATISTICS"))
        #expect((cluster["configuration"] == nil) == (field != "CONFIGURATIONS"))
        #expect((cluster["attachments"] == nil) == (field != "ATTACHMENTS"))
        #expect((cluster["attachmentsStatus"] as? String) == (field == "ATTACHMENTS" ? "UPDATE_COMPLETE" : nil))
        #expect(cluster["capacityProviders"] as? [String] == ["FARGATE"])
        #expect(cluster.object("serviceConnectDefaults").text("namespace") == "shop")
    }

    @Test func statisticsCountByLaunchType() async throws {
        let plane = try TestControlPlane()
        try await plane.registerInstance()
        try await plane.registerTaskDefinition()
        _ = try await plane.call("RunTask", ["taskDefinition": "web", "count": 3])
        try await plane.state.transact { tx in
            var sequences: [Int] = []
            tx.tasks.select(.all, cluster: .default, desiredStatus: .running).forEach(after: nil) {
                sequences.append($0)
                return true
            }
            guard var running = tx.tasks[sequence: sequences[0]], var external = tx.tasks[sequence: sequences[1]] else {
                return
            }
            running.lastStatus = .running
            tx.put(running)
            external.launchType = .external
            tx.put(external)
        }
        let described = try await plane.call("DescribeClusters", ["include": ["STATISTICS"]]).list("clusters")[0]
        let statistics = described.list("statistics").map { "\($0.text("name"))=\($0.text("value"))" }
        #expect(
            statistics == [
                "runningEC2TasksCount=1", "runningFargateTasksCount=0", "pendingEC2TasksCount=1",
                "pendingFargateTasksCount=0", "runningExternalTasksCount=0", "pendingExternalTasksCount=1",
                "runningManagedInstancesTasksCount=0", "pendingManagedInstancesTasksCount=0", "activeEC2ServiceCount=0",
                "activeFargateServiceCount=0", "drainingEC2ServiceCount=0", "drainingFargateServiceCount=0",
                "activeExternalServiceCount=0", "drainingExternalServiceCount=0",
                "activeManagedInstancesServiceCount=0",
                "drainingManagedInstancesServiceCount=0",
            ])
        #expect(described["runningTasksCount"] as? Int == 1)
        #expect(described["pendingTasksCount"] as? Int == 2)
        #expect(described["registeredContainerInstancesCount"] as? Int == 1)
        #expect(described["activeServicesCount"] as? Int == 0)
    }

    @Test func anUpdateChangesWhatItNames() async throws {
        let plane = try TestControlPlane()
        _ = try await plane.call(
            "CreateCluster",
            [
                "configuration": Self.command(["logging": "DEFAULT"]), "serviceConnectDefaults": ["namespace": "shop"],
                "settings": [["name": "containerInsights", "value": "enabled"]],
            ])
        let stored = try await plane.call(
            "UpdateCluster",
            ["cluster": "default", "configuration": ["managedStorageConfiguration": ["kmsKeyId": "alias/key"]]]
        ).object("cluster")
        let configuration = stored.object("configuration")
        #expect(configuration.object("executeCommandConfiguration").text("logging") == "DEFAULT")
        #expect(configuration.object("managedStorageConfiguration").text("kmsKeyId") == "alias/key")
        #expect(stored.object("serviceConnectDefaults").text("namespace") == "shop")
        #expect(stored.list("settings").first?.text("value") == "enabled")

        let arn = "arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-abc123"
        let named = try await plane.call(
            "UpdateCluster", ["cluster": "default", "serviceConnectDefaults": ["namespace": arn]])
        #expect(named.object("cluster").object("serviceConnectDefaults").text("namespace") == arn)
        let removed = try await plane.call(
            "UpdateCluster", ["cluster": "default", "serviceConnectDefaults": ["namespace": ""]])
        #expect(removed.object("cluster")["serviceConnectDefaults"] == nil)

        let set = try await plane.call(
            "UpdateClusterSettings",
            ["cluster": "default", "settings": [["name": "containerInsights", "value": "enhanced"]]])
        #expect(set.object("cluster").list("settings").map { $0.text("value") } == ["enhanced"])
    }

    struct Refusal: CustomTestStringConvertible, Sendable {
        var input: [String: any Sendable]
        var message: String
        var testDescription: String { message }

        init(_ input: [String: any Sendable], _ message: String) {
            self.input = input
            self.message = message
        }
    }

    private static let override = "A CloudWatch log group name or S3 bucket name must be specified when overriding"

    static let refusals = [
        Refusal(
            ["settings": [["name": "containerInsights", "value": "ENABLED"]]],
            "Invalid setting 'value'. containerInsights should be one of [enhanced,enabled,disabled]; found "
                + "\"ENABLED\"."),
        Refusal(["settings": [["name": "containerInsights"]]], "Invalid setting 'value'."),
        Refusal(["settings": [["value": "enabled"]]], "Invalid setting 'name'."),
        Refusal(
            ["settings": [["name": "insights", "value": "enabled"]]],
            "settings[0].name should be one of [containerInsights]"),
        Refusal(
            [
                "settings": [
                    ["name": "containerInsights", "value": "enabled"],
                    ["name": "containerInsights", "value": "disabled"],
                ]
            ], "The setting containerInsights is given more than once."),
        Refusal(
            ["configuration": command(["logging": "DEFAULT", "logConfiguration": ["s3BucketName": "logs"]])],
            "You must set logging to 'OVERRIDE' when you supply a log configuration."),
        Refusal(
            ["configuration": command(["logConfiguration": ["s3BucketName": "logs"]])],
            "You must set logging to 'OVERRIDE' when you supply a log configuration."),
        Refusal(["configuration": command(["logging": "OVERRIDE"])], override),
        Refusal(
            ["configuration": command(["logging": "OVERRIDE", "logConfiguration": ["s3EncryptionEnabled": true]])],
            override),
        Refusal(
            ["configuration": command(["logging": "OVERRIDE", "logConfiguration": ["s3BucketName": ""]])], override),
        Refusal(["configuration": command(["logging": "SOME"])], "should be one of [NONE,DEFAULT,OVERRIDE]"),
        Refusal(
            [
                "configuration": command(["logging": "OVERRIDE", "logConfiguration": ["cloudWatchLogGroupName": "a b"]])
            ], "cloudWatchLogGroupName must be"),
        Refusal(
            ["configuration": command(["logging": "OVERRIDE", "logConfiguration": ["s3BucketName": "Logs"]])],
            "s3BucketName must be 3 to 63 lowercase letters, digits, periods and hyphens; found \"Logs\"."),
        Refusal(["configuration": command(["kmsKeyId": "a key"])], "executeCommandConfiguration.kmsKeyId must be"),
        Refusal(
            ["configuration": ["managedStorageConfiguration": ["fargateEphemeralStorageKmsKeyId": "ä"]]],
            "fargateEphemeralStorageKmsKeyId must be"),
        Refusal(["serviceConnectDefaults": ["namespace": "a b"]], "namespace must be the ARN of a Cloud Map namespace"),
        Refusal(
            ["serviceConnectDefaults": ["namespace": "arn:aws:ecs:us-east-1:123456789012:cluster/x"]],
            "namespace must be the ARN of a Cloud Map namespace"),
        Refusal(
            ["serviceConnectDefaults": ["namespace": String(repeating: "x", count: 1025)]],
            "namespace must be the ARN of a Cloud Map namespace"),
        Refusal(["serviceConnectDefaults": [String: any Sendable]()], "serviceConnectDefaults.namespace"),
    ]

    /// CreateCluster and UpdateCluster have the same rules, and a refused one changes nothing.
    @Test(arguments: refusals) func whatIsWrongIsRefused(refusal: Refusal) async throws {
        let plane = try TestControlPlane()
        let creation = try await plane.failure("CreateCluster", refusal.input)
        #expect(creation.code == "InvalidParameterException")
        #expect(creation.message.contains(refusal.message), "\(creation.message)")
        #expect(plane.store.rowCount == 0)

        _ = try await plane.call("CreateCluster")
        let before = plane.store.commits.count
        let update = try await plane.failure(
            "UpdateCluster", refusal.input.merging(["cluster": "default"]) { first, _ in first })
        #expect(update.code == "InvalidParameterException")
        #expect(update.message.contains(refusal.message), "\(update.message)")
        #expect(plane.store.commits.count == before)
    }

    @Test func emptySettingsAreNoUpdateOfSettings() async throws {
        let plane = try TestControlPlane()
        _ = try await plane.call("CreateCluster")
        let failure = try await plane.failure("UpdateClusterSettings", ["cluster": "default", "settings": []])
        #expect(failure.code == "InvalidParameterException")
        #expect(failure.message == "settings can not be empty.")
    }
}
