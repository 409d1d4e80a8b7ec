import Foundation
import Testing

/// Definitions of the kinds that people run on ECS, which no rule may get in the way of.
@Suite struct UsualDefinitionTests {
    static let definitions: [(name: String, json: String)] = [
        (
            "a blog and its database, linked",
            #"""
            {"family": "blog", "containerDefinitions": [
              {"name": "wordpress", "image": "wordpress", "cpu": 10, "memory": 500, "essential": true,
               "links": ["mysql"], "portMappings": [{"containerPort": 80, "hostPort": 80}]},
              {"name": "mysql", "image": "mysql:8", "cpu": 10, "memory": 500, "essential": true,
               "environment": [{"name": "MYSQL_ROOT_PASSWORD", "value": "password"}]}]}
            """#
        ),
        (
            "a web server on Fargate with logs and secrets",
            #"""
            {"family": "web", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": ".5 vCPU",
             "memory": "1 GB", "executionRoleArn": "arn:aws:iam::123456789012:role/ecsTaskExecutionRole",
             "taskRoleArn": "arn:aws:iam::123456789012:role/service-role/web", "pidMode": "task",
             "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
             "ephemeralStorage": {"sizeInGiB": 50}, "volumes": [
               {"name": "scratch", "host": {}},
               {"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-0123456789abcdef0",
                 "transitEncryption": "ENABLED", "rootDirectory": "/",
                 "authorizationConfig": {"accessPointId": "fsap-0123456789abcdef0", "iam": "ENABLED"}}}],
             "containerDefinitions": [
              {"name": "app", "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1.2",
               "portMappings": [{"containerPort": 8080, "name": "http", "appProtocol": "http"}],
               "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"},
                 {"sourceVolume": "scratch", "containerPath": "/tmp", "readOnly": false}],
               "secrets": [{"name": "DB", "valueFrom":
                 "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf:password::"},
                 {"name": "KEY", "valueFrom": "/prod/key"}],
               "healthCheck": {"command": ["CMD-SHELL", "curl -f http://localhost:8080/ || exit 1"]},
               "linuxParameters": {"initProcessEnabled": true, "capabilities": {"drop": ["ALL"]}},
               "ulimits": [{"name": "nofile", "softLimit": 65536, "hardLimit": 65536}],
               "restartPolicy": {"enabled": true, "ignoredExitCodes": [0], "restartAttemptPeriod": 180},
               "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-create-group": "true",
                 "awslogs-group": "/ecs/web", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs",
                 "mode": "non-blocking", "max-buffer-size": "25m"}}, "stopTimeout": 120}]}
            """#
        ),
        (
            "a monitor on every host",
            #"""
            {"family": "monitor", "networkMode": "host", "pidMode": "host", "volumes": [
              {"name": "docker_sock", "host": {"sourcePath": "/var/run/docker.sock"}},
              {"name": "proc", "host": {"sourcePath": "/proc/"}},
              {"name": "cgroup", "host": {"sourcePath": "/sys/fs/cgroup/"}}],
             "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}],
             "containerDefinitions": [{"name": "agent", "image": "public.ecr.aws/datadog/agent:latest", "cpu": 100,
               "memory": 512, "essential": true, "privileged": true, "environment": [{"name": "DD_SITE", "value": ""}],
               "mountPoints": [
                 {"containerPath": "/var/run/docker.sock", "sourceVolume": "docker_sock", "readOnly": true},
                 {"containerPath": "/host/sys/fs/cgroup", "sourceVolume": "cgroup", "readOnly": true},
                 {"containerPath": "/host/proc", "sourceVolume": "proc", "readOnly": true}],
               "portMappings": [{"containerPort": 8125, "protocol": "udp"}, {"containerPort": 8126}]}]}
            """#
        ),
        (
            "logs through a router",
            #"""
            {"family": "routed", "executionRoleArn": "ecsTaskExecutionRole", "containerDefinitions": [
              {"name": "log_router", "image": "amazon/aws-for-fluent-bit:stable", "essential": true,
               "memoryReservation": 50, "user": "0", "firelensConfiguration": {"type": "fluentbit",
                 "options": {"enable-ecs-log-metadata": "true", "config-file-type": "file",
                   "config-file-value": "/fluent-bit/configs/parse-json.conf"}},
               "logConfiguration": {"logDriver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}},
              {"name": "app", "image": "httpd", "memoryReservation": 100, "logConfiguration": {
                "logDriver": "awsfirelens", "options": {"Name": "http", "Host": "logs.example.com", "tls": "on"},
                "secretOptions": [{"name": "apikey", "valueFrom": "logs-key"}]}}]}
            """#
        ),
        (
            "a proxy beside the application, started in order",
            #"""
            {"family": "mesh", "networkMode": "awsvpc", "memory": "500", "proxyConfiguration": {"type": "APPMESH",
              "containerName": "envoy", "properties": [{"name": "IgnoredUID", "value": "1337"},
              {"name": "ProxyIngressPort", "value": "15000"}, {"name": "ProxyEgressPort", "value": "15001"},
              {"name": "AppPorts", "value": "9080"},
              {"name": "EgressIgnoredIPs", "value": "169.254.170.2,169.254.169.254"}]},
             "containerDefinitions": [
              {"name": "migrate", "image": "app", "essential": false, "command": ["migrate"]},
              {"name": "envoy", "image": "envoy:v1.12.3.0-prod", "user": "1337",
               "healthCheck": {"command": ["CMD-SHELL", "echo hello"], "interval": 5, "timeout": 2, "retries": 3}},
              {"name": "app", "image": "app", "dependsOn": [{"containerName": "envoy", "condition": "HEALTHY"},
                {"containerName": "migrate", "condition": "SUCCESS"}]}]}
            """#
        ),
        (
            "a Windows web server",
            #"""
            {"family": "windows", "runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"},
             "volumes": [{"name": "logs", "host": {"sourcePath": "C:\\logs"}}], "containerDefinitions": [
              {"name": "iis", "image": "mcr.microsoft.com/windows/servercore/iis", "cpu": 512, "memory": 768,
               "entryPoint": ["powershell", "-Command"], "command": ["C:\\ServiceMonitor.exe w3svc"],
               "mountPoints": [{"sourceVolume": "logs", "containerPath": "C:\\inetpub\\logs"}],
               "portMappings": [{"containerPort": 80, "hostPort": 8080, "protocol": "tcp"}]}]}
            """#
        ),
        (
            "training on GPUs with shared memory",
            #"""
            {"family": "train", "requiresCompatibilities": ["EC2"], "ipcMode": "host", "volumes": [
              {"name": "scratch", "dockerVolumeConfiguration": {"scope": "task", "driver": "local",
                "driverOpts": {"type": "tmpfs", "device": "tmpfs"}}}],
             "containerDefinitions": [{"name": "train", "image": "tensorflow/tensorflow:latest-gpu", "memory": 8192,
               "resourceRequirements": [{"type": "GPU", "value": "4"}],
               "linuxParameters": {"sharedMemorySize": 1024, "devices": [{"hostPath": "/dev/infiniband/uverbs0"}]},
               "ulimits": [{"name": "memlock", "softLimit": -1, "hardLimit": -1}], "readonlyRootFilesystem": true,
               "systemControls": [{"namespace": "net.core.somaxconn", "value": "1024"}],
               "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/scratch"}]}]}
            """#
        ),
    ]

    @Test(arguments: definitions.map(\.name)) func isRegistered(name: String) async throws {
        let json = try #require(Self.definitions.first { $0.name == name }).json
        let input = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] ?? [:]
        let output = try await TestControlPlane().call("RegisterTaskDefinition", input)
        #expect(output.object("taskDefinition").text("status") == "ACTIVE")
    }
}
