import AWSModels
import AWSProtocol
import Testing

@testable import ControlPlaneAPI

@Suite struct RequiredAttributesTests {
    private func names(_ json: String) throws -> Set<String> {
        let definition = try AWSJSONCodec().decode(ECS.TaskDefinition.self, from: Array(json.utf8))
        let names = RequiredAttribute.names(for: definition)
        #expect(names == names.sorted())
        #expect(Set(names).count == names.count)
        return Set(names)
    }

    struct FieldCase: Sendable, CustomTestStringConvertible {
        /// The members that a container, a volume or the task has.
        var json: String
        /// Without the prefix `com.amazonaws.ecs.capability.`, `ecs.capability.` as `ecs:`, `docker-remote-api.1.` as
        /// `api`.
        var needs: [String]
        var testDescription: String { json }

        init(_ json: String, _ needs: String...) {
            self.json = json
            self.needs = needs
        }

        var names: Set<String> {
            Set(
                needs.map { name in
                    if name.hasPrefix("ecs:") { return "ecs.capability." + name.dropFirst(4) }
                    if name.hasPrefix("api") {
                        return "com.amazonaws.ecs.capability.docker-remote-api.1." + name.dropFirst(3)
                    }
                    return "com.amazonaws.ecs.capability." + name
                })
        }
    }

    static let containers: [FieldCase] = [
        .init(#""cpu":10,"memory":10,"portMappings":[{"containerPort":80,"hostPort":0,"protocol":"tcp"}]"#),
        .init(#""environment":[{"name":"A","value":"B"}],"command":["a"],"entryPoint":["b"],"essential":true"#),
        .init(#""mountPoints":[],"volumesFrom":[],"readonlyRootFilesystem":true,"workingDirectory":"/x""#),
        .init(#""secrets":[],"environmentFiles":[],"dockerLabels":{},"ulimits":[],"dependsOn":[]"#),
        .init(#""image":"public.ecr.aws/nginx/nginx:1""#), .init(#""image":"123456789012.dkr.ecr.example""#),
        .init(#""image":"1234.dkr.ecr.us-east-1.amazonaws.com/x""#),
        .init(#""image":"123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1""#, "ecr-auth"),
        .init(#""image":"123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/x""#, "ecr-auth"),
        .init(#""image":"123456789012.dkr-ecr.us-east-1.on.aws/x""#, "ecr-auth"),
        .init(#""image":"busybox@sha256:00""#, "api21"), .init(#""memoryReservation":10"#, "api21"),
        .init(#""links":["a"]"#, "api17"), .init(#""user":"0""#, "api17"), .init(#""user":"""#),
        .init(#""dockerLabels":{"a":"b"}"#, "api18"),
        .init(#""ulimits":[{"name":"nofile","softLimit":1,"hardLimit":1}]"#, "api18"),
        .init(#""linuxParameters":{"capabilities":{"drop":["ALL"]},"maxSwap":0}"#),
        .init(#""linuxParameters":{"tmpfs":[{"containerPath":"/run","size":50}]}"#, "api22"),
        .init(#""linuxParameters":{"sharedMemorySize":64}"#, "api22"),
        .init(#""linuxParameters":{"initProcessEnabled":true}"#, "api25"),
        .init(#""linuxParameters":{"initProcessEnabled":false}"#),
        .init(#""dockerSecurityOptions":["no-new-privileges"]"#, "api23"),
        .init(#""dockerSecurityOptions":["label:type:x"]"#, "selinux"),
        .init(#""dockerSecurityOptions":["apparmor:x"]"#, "apparmor"),
        .init(#""privileged":true"#, "privileged-container"), .init(#""privileged":false"#),
        .init(#""healthCheck":{"command":["CMD"]}"#, "ecs:container-health-check", "api24"),
        .init(#""healthCheck":{"command":["CMD"],"startPeriod":0}"#, "ecs:container-health-check", "api29"),
        .init(#""dependsOn":[{"containerName":"b","condition":"START"}]"#, "ecs:container-ordering"),
        .init(#""stopTimeout":30"#, "ecs:container-ordering"), .init(#""startTimeout":30"#, "ecs:container-ordering"),
        .init(#""restartPolicy":{"enabled":true}"#, "ecs:container-restart-policy"),
        .init(#""restartPolicy":{"enabled":false}"#),
        .init(#""secrets":[{"name":"A","valueFrom":"/a/b"}]"#, "ecs:secrets.ssm.environment-variables"),
        .init(
            #""secrets":[{"name":"A","valueFrom":"arn:aws:ssm:r:1:parameter/secretsmanager"}]"#,
            "ecs:secrets.ssm.environment-variables"),
        .init(
            #""secrets":[{"name":"A","valueFrom":"arn:aws:secretsmanager:r:1:secret:s"}]"#,
            "ecs:secrets.asm.environment-variables"),
        .init(#""environmentFiles":[{"type":"s3","value":"arn:aws:s3:::b/e.env"}]"#, "ecs:env-files.s3"),
        .init(
            #""repositoryCredentials":{"credentialsParameter":"x"}"#,
            "ecs:private-registry-authentication.secretsmanager"),
        .init(#""portMappings":[{"containerPortRange":"80-90"}]"#, "ecs:network.container-port-range"),
        .init(#""logConfiguration":{"logDriver":"json-file"}"#, "logging-driver.json-file", "api18"),
        .init(#""logConfiguration":{"logDriver":"awslogs"}"#, "logging-driver.awslogs", "api19"),
        .init(#""logConfiguration":{"logDriver":"fluentd"}"#, "logging-driver.fluentd", "api19"),
        .init(#""logConfiguration":{"logDriver":"gelf"}"#, "logging-driver.gelf", "api20"),
        .init(
            #""logConfiguration":{"logDriver":"awslogs","options":{"mode":"non-blocking"}}"#, "logging-driver.awslogs",
            "api19", "api28"),
        .init(
            #""logConfiguration":{"logDriver":"awslogs","options":{"awslogs-create-group":"True"}}"#,
            "logging-driver.awslogs", "api19", "api29"),
        .init(
            #""logConfiguration":{"logDriver":"splunk","secretOptions":[{"name":"t","valueFrom":"arn:aws:secretsmanager:r:1:secret:s"}]}"#,
            "logging-driver.splunk", "api22", "ecs:secrets.asm.bootstrap.log-driver"),
        .init(
            #""logConfiguration":{"logDriver":"awsfirelens","options":{"log-driver-buffer-limit":"9"}}"#,
            "logging-driver.awsfirelens", "api19", "ecs:logging-driver.awsfirelens.log-driver-buffer-limit"),
        .init(#""firelensConfiguration":{"type":"fluentd"}"#, "ecs:firelens.fluentd"),
        .init(
            #""firelensConfiguration":{"type":"fluentbit","options":{"config-file-type":"s3"}}"#,
            "ecs:firelens.fluentbit", "ecs:firelens.options.config.s3"),
    ]

    @Test(arguments: containers) func aContainerNeeds(container: FieldCase) throws {
        #expect(try names(#"{"containerDefinitions":[{\#(container.json)}]}"#) == container.names)
    }

    @Test(arguments: [
        FieldCase(#""host":{}"#), FieldCase(#""host":{"sourcePath":"/x"}"#),
        FieldCase(#""efsVolumeConfiguration":{"fileSystemId":"f"}"#, "ecs:efs", "ecs:efsAuth", "api25"),
        FieldCase(#""dockerVolumeConfiguration":{"scope":"task"}"#, "ecs:docker-plugin.local", "api25"),
        FieldCase(#""dockerVolumeConfiguration":{"driver":"rexray/ebs"}"#, "ecs:docker-plugin.rexray/ebs", "api25"),
        FieldCase(#""configuredAtLaunch":true"#, "ecs:storage.ebs-task-volume-attach"),
        FieldCase(#""s3filesVolumeConfiguration":{}"#, "ecs:storage.s3-files"),
    ]) func aVolumeNeeds(volume: FieldCase) throws {
        #expect(try names(#"{"volumes":[{"name":"v",\#(volume.json)}]}"#) == volume.names)
    }

    @Test(arguments: [
        FieldCase(#""networkMode":"bridge","cpu":"256","memory":"512""#), FieldCase(#""networkMode":"host""#),
        FieldCase(#""runtimePlatform":{"cpuArchitecture":"ARM64"},"executionRoleArn":"r""#),
        FieldCase(#""cpu":"10241""#, "ecs:increased-task-cpu-limit"),
        FieldCase(#""networkMode":"awsvpc""#, "ecs:task-eni", "api18"),
        FieldCase(#""taskRoleArn":"r""#, "task-iam-role"),
        FieldCase(#""taskRoleArn":"r","networkMode":"host""#, "task-iam-role-network-host"),
        FieldCase(#""pidMode":"task""#, "ecs:pid-ipc-namespace-sharing", "api17"),
        FieldCase(#""ipcMode":"host""#, "ecs:pid-ipc-namespace-sharing", "api18"),
        FieldCase(#""ipcMode":"none""#, "ecs:pid-ipc-namespace-sharing", "api32"),
        FieldCase(#""enableFaultInjection":true"#, "ecs:fault-injection"),
        FieldCase(#""enableFaultInjection":false"#),
        FieldCase(#""proxyConfiguration":{"containerName":"e"}"#, "ecs:aws-appmesh"),
    ]) func theTaskNeeds(task: FieldCase) throws {
        #expect(try names("{\(task.json)}") == task.names)
    }

    /// Whole definitions as ECS has answered for them.
    @Test(arguments: [
        FieldCase(
            #""executionRoleArn":"r","networkMode":"awsvpc","cpu":"256","memory":"512","containerDefinitions":[{"name":"a","image":"123456789012.dkr.ecr.us-east-1.amazonaws.com/a","logConfiguration":{"logDriver":"awslogs","options":{"awslogs-group":"g"}}}]"#,
            "logging-driver.awslogs", "ecs:execution-role-awslogs", "ecr-auth", "api19", "ecs:execution-role-ecr-pull",
            "api18", "ecs:task-eni"),
        FieldCase(
            #""taskRoleArn":"t","executionRoleArn":"r","networkMode":"bridge","containerDefinitions":[{"name":"a","image":"i","memoryReservation":500,"privileged":true,"readonlyRootFilesystem":false,"repositoryCredentials":{"credentialsParameter":"x"},"secrets":[{"name":"T","valueFrom":"/t"}],"logConfiguration":{"logDriver":"awslogs"}}]"#,
            "logging-driver.awslogs", "ecs:execution-role-awslogs", "api19", "privileged-container",
            "ecs:private-registry-authentication.secretsmanager", "api21", "task-iam-role",
            "ecs:secrets.ssm.environment-variables"),
        FieldCase(
            #""networkMode":"none","ipcMode":"none","cpu":"2048","memory":"4096","containerDefinitions":[{"name":"a","image":"i","user":"nobody","disableNetworking":true,"privileged":false,"dockerSecurityOptions":["no-new-privileges"],"ulimits":[{"name":"nproc","softLimit":128,"hardLimit":128}],"linuxParameters":{"capabilities":{"drop":["ALL"]},"initProcessEnabled":true,"maxSwap":0,"swappiness":0},"logConfiguration":{"logDriver":"awslogs"}}]"#,
            "logging-driver.awslogs", "api19", "ecs:pid-ipc-namespace-sharing", "api17", "api32", "api25", "api23",
            "api18"),
        FieldCase(
            #""networkMode":"host","pidMode":"host","ipcMode":"host","containerDefinitions":[{"name":"a","image":"i","memory":2048,"privileged":true,"linuxParameters":{"capabilities":{"add":["SYS_ADMIN"],"drop":[]}}}],"volumes":[{"name":"v","host":{"sourcePath":"/"}}]"#,
            "privileged-container", "ecs:pid-ipc-namespace-sharing", "api17", "api18"),
    ]) func agreesWithECS(definition: FieldCase) throws {
        #expect(try names("{\(definition.json)}") == definition.names)
    }

    @Test func isShownWithTheDefinition() async throws {
        let plane = try TestControlPlane()
        let container: [String: Any] = ["name": "a", "image": "i", "memory": 9, "memoryReservation": 8, "user": "0"]
        let output = try await plane.call(
            "RegisterTaskDefinition", ["family": "f", "containerDefinitions": [container]])
        let attributes = output.object("taskDefinition").list("requiresAttributes")
        #expect(
            attributes.map { $0.text("name") } == [
                "com.amazonaws.ecs.capability.docker-remote-api.1.17",
                "com.amazonaws.ecs.capability.docker-remote-api.1.21",
            ])
        #expect(attributes.allSatisfy { $0.count == 1 })
    }
}
