import AWSModels
import AWSProtocol
import ControlPlaneState
import Foundation
import Testing

@testable import ControlPlaneAPI

@Suite struct LaunchRuleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var request: String
        var definition = "{}"
        var providers: [String]?
        var defaultStrategy: String?
        var code = "InvalidParameterException"
        var message: String
        var testDescription: String { "\(request) \(definition): \(message)" }
    }

    private static let fargate = #"{"networkMode":"awsvpc","compatibilities":["EC2","FARGATE"]}"#
    private static let network = #""networkConfiguration":{"awsvpcConfiguration":{"subnets":["a"]}}"#
    private static func strategy(_ items: String) -> String { #"{"capacityProviderStrategy":[\#(items)]}"# }

    private static let compute: [Case] = [
        Case(
            request: #"{"launchType":"EC2","capacityProviderStrategy":[{"capacityProvider":"p","weight":1}]}"#,
            message: "Specify either Launch Type or Capacity Provider Strategy, but not both."),
        Case(
            request: #"{"launchType":"MANAGED_INSTANCES"}"#,
            message: "launch type should be one of [EC2,FARGATE,EXTERNAL]"
        ),
        Case(
            request: strategy(
                (0..<21).map { #"{"capacityProvider":"p\#($0)","weight":1}"# }.joined(separator: ",")),
            message: "capacityProviderStrategy can have at most 20 items."),
        Case(
            request: strategy(#"{"capacityProvider":"a b","weight":1}"#),
            message: "The specified capacity provider strategy cannot contain a capacity provider that is not "
                + "associated with the cluster. Associate the capacity provider with the cluster or specify a valid "
                + "capacity provider and try again."),
        Case(
            request: strategy(#"{"capacityProvider":"p","weight":1},{"capacityProvider":"p","weight":1}"#),
            providers: ["p"],
            message: "The specified capacity provider strategy contains a capacity provider more than once."),
        Case(
            request: strategy(#"{"capacityProvider":"p"},{"capacityProvider":"q","weight":0}"#), providers: ["p", "q"],
            message: "There are no capacity providers in the capacity provider strategy with a weight value greater "
                + "than zero."),
        Case(
            request: strategy(#"{"capacityProvider":"p","weight":1,"base":1},{"capacityProvider":"q","base":2}"#),
            providers: ["p", "q"],
            message: "There are multiple capacity providers in the specified capacity provider strategy with a base "
                + "value defined."),
        Case(
            request: strategy(#"{"capacityProvider":"p","weight":1}"#), providers: ["q"],
            message: "The specified capacity provider strategy cannot contain a capacity provider that is not "
                + "associated with the cluster. Associate the capacity provider with the cluster or specify a valid "
                + "capacity provider and try again."),
        Case(
            request: strategy(#"{"capacityProvider":"p","weight":1},{"capacityProvider":"FARGATE","weight":1}"#),
            definition: fargate, providers: ["p", "FARGATE"],
            message: "A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling "
                + "groups and Fargate providers. Specify one or the other and try again."),
        Case(
            request: strategy(#"{"capacityProvider":"FARGATE_SPOT","weight":1}"#), providers: ["FARGATE_SPOT"],
            message: "The selected task definition is not compatible with the selected compute strategy."),
        Case(
            request: strategy(#"{"capacityProvider":"p","weight":1}"#), definition: #"{"compatibilities":["FARGATE"]}"#,
            providers: ["p"],
            message: "The selected task definition is not compatible with the selected compute strategy."),
        Case(
            request: #"{\#(network),"capacityProviderStrategy":[{"capacityProvider":"FARGATE","weight":1}]}"#,
            definition: fargate, providers: ["FARGATE"], code: "UnsupportedFeatureException",
            message: "Fargate's capacity providers are not supported by this version of Stevedore."),
        Case(
            request: "{}", providers: ["p"], defaultStrategy: #"{"capacityProvider":"p","weight":0}"#,
            message: "There are no capacity providers in the capacity provider strategy with a weight value greater "
                + "than zero."),
        Case(
            request: #"{"launchType":"FARGATE"}"#, message: "Task definition does not support launch_type FARGATE."),
        Case(
            request: "{}", definition: #"{"compatibilities":["FARGATE"]}"#,
            message: "Task definition does not support launch_type EC2."),
        Case(
            request: #"{"launchType":"EXTERNAL"}"#, definition: #"{"compatibilities":["EC2"]}"#,
            message: "Task definition does not support launch_type EXTERNAL."),
        Case(
            request: #"{"launchType":"EXTERNAL",\#(network)}"#,
            definition: #"{"networkMode":"awsvpc","compatibilities":["EC2","EXTERNAL"]}"#,
            message: "Task definition does not support launch_type EXTERNAL."),
        Case(
            request: #"{"launchType":"FARGATE",\#(network)}"#, definition: fargate, code: "UnsupportedFeatureException",
            message: "The launch type FARGATE is not supported by this version of Stevedore."),
        Case(
            request: #"{"platformVersion":"1.4.0"}"#,
            message: "The platform version must be null when specifying an EC2 launch type."),
        Case(
            request: #"{"launchType":"EXTERNAL","platformVersion":"LATEST"}"#,
            message: "The platform version must be null when specifying an EXTERNAL launch type."),
        Case(
            request: #"{"platformVersion":"LATEST","capacityProviderStrategy":[{"capacityProvider":"p","weight":1}]}"#,
            providers: ["p"],
            message: "The platform version must be null when specifying capacity providers other than Fargate's."),
        Case(
            request: #"{"launchType":"FARGATE","platformVersion":"9.9",\#(network)}"#, definition: fargate,
            code: "PlatformUnknownException", message: "The specified platform version '9.9' does not exist."),
    ]

    private static let vpc = #"{"networkMode":"awsvpc"}"#
    private static func configured(_ json: String) -> String {
        #"{"networkConfiguration":{"awsvpcConfiguration":\#(json)}}"#
    }

    private static func texts(_ count: Int) -> String { (0..<count).map { "\"s\($0)\"" }.joined(separator: ",") }

    private static let networks: [Case] = [
        Case(
            request: "{}", definition: vpc,
            message: "Network Configuration must be provided when networkMode 'awsvpc' is specified."),
        Case(
            request: #"{"networkConfiguration":{}}"#, definition: vpc,
            message: "Network Configuration must be provided when networkMode 'awsvpc' is specified."),
        Case(
            request: configured(#"{"subnets":["a"]}"#),
            message: "Network Configuration is not valid for the given networkMode of this task definition."),
        Case(
            request: configured(#"{"subnets":["a"]}"#), definition: #"{"networkMode":"host"}"#,
            message: "Network Configuration is not valid for the given networkMode of this task definition."),
        Case(request: configured(#"{"subnets":[]}"#), definition: vpc, message: "subnets can not be empty."),
        Case(
            request: configured(#"{"subnets":[\#(texts(17))]}"#), definition: vpc,
            message: "subnets can have at most 16 items."),
        Case(
            request: configured(#"{"subnets":["a"],"securityGroups":[\#(texts(6))]}"#), definition: vpc,
            message: "securityGroups can have at most 5 items."),
        Case(
            request: configured(#"{"subnets":["a"],"assignPublicIp":"ENABLED"}"#), definition: vpc,
            message: "Assign public IP is not supported for this launch type."),
    ]

    private static func constraints(_ json: String) -> String { #"{"placementConstraints":[\#(json)]}"# }
    private static func strategies(_ json: String) -> String { #"{"placementStrategy":[\#(json)]}"# }
    private static func repeated(_ json: String, _ count: Int) -> String {
        Array(repeating: json, count: count).joined(separator: ",")
    }

    private static let memberOf = #"{"type":"memberOf","expression":"attribute:a == b"}"#

    private static let placements: [Case] = [
        Case(
            request: #"{"launchType":"FARGATE",\#(network),"placementConstraints":[\#(memberOf)]}"#,
            definition: fargate, message: "Placement constraints are not supported with FARGATE launch type."),
        Case(
            request: #"{"launchType":"FARGATE",\#(network),"placementStrategy":[{"type":"random"}]}"#,
            definition: fargate, message: "Placement strategies are not supported with FARGATE launch type."),
        Case(
            request: constraints(repeated(memberOf, 6)),
            definition: #"{"placementConstraints":[\#(repeated(memberOf, 5))]}"#,
            message: "Maximum number of constraints is 10, those of the task definition included; found 11."),
        Case(
            request: constraints(#"{"expression":"x"}"#),
            message: "A placement constraint needs a type: distinctInstance or memberOf."),
        Case(
            request: constraints(#"{"type":"distinctInstance","expression":"x"}"#),
            message: "expression should not be specified for the placement constraint distinctInstance."),
        Case(
            request: constraints(#"{"type":"memberOf"}"#),
            message: "expression must be specified for the placement constraint memberOf."),
        Case(
            request: constraints(#"{"type":"memberOf","expression":"\#(repeated("x", 1001))"}"#),
            message: "The expression of a placement constraint can be at most 2000 characters; found 2001."),
        Case(
            request: constraints(#"{"type":"memberOf","expression":"attribute:a = b"}"#),
            message:
                "Invalid expression \"attribute:a = b\" at column 13: expected an operator (==, !=, >, >=, <, <=, exists, "
                + "!exists, in, !in, =~, !~) after attribute:a; found \"=\"."),
        Case(
            request: strategies(repeated(#"{"type":"random"}"#, 6)), message: "Maximum number of strategies is 5"),
        Case(
            request: strategies(#"{"field":"cpu"}"#),
            message: "A placement strategy needs a type: random, spread or binpack."),
        Case(
            request: strategies(#"{"type":"random","field":"cpu"}"#), message: "random field should not be specified"),
        Case(request: strategies(#"{"type":"binpack","field":"disk"}"#), message: "binpack field 'disk' is invalid"),
        Case(request: strategies(#"{"type":"spread"}"#), message: "spread field '' is invalid"),
        Case(
            request: strategies(#"{"type":"spread","field":"attribute:"}"#),
            message: "spread field 'attribute:' is invalid"),
    ]

    private static func volumes(_ names: [String]) -> String {
        let items = names.map {
            #"{"name":"\#($0)","managedEBSVolume":{"roleArn":"arn:aws:iam::1:role/r","sizeInGiB":1}}"#
        }
        return #"{"volumeConfigurations":[\#(items.joined(separator: ","))]}"#
    }

    private static let data = #"{"volumes":[{"name":"data","configuredAtLaunch":true},{"name":"other"}]}"#

    private static let volumeCases: [Case] = [
        Case(
            request: volumes(["other"]), definition: data,
            message: "The volume name 'other' in your request does not have a matching volume in your Task Definition: "
                + "it must be one with configuredAtLaunch true."),
        Case(
            request: volumes(["data", "data"]), definition: data,
            message: "The volume 'data' is configured more than once in volumeConfigurations."),
        Case(
            request: volumes(["data"]), definition: data,
            message: "The volume configuration of 'data' is not supported by this version of Stevedore."),
    ]

    private static func check(_ test: Case) throws -> AWSError? {
        var cluster = ClusterRecord(name: .default, createdAt: TestControlPlane.start)
        cluster.capacityProviders = test.providers
        cluster.defaultCapacityProviderStrategy = try test.defaultStrategy.map {
            [try shape(ECS.CapacityProviderStrategyItem.self, $0)]
        }
        let request = LaunchRequest(
            try shape(ECS.RunTaskRequest.self, test.request), definition: try taskDefinition(test.definition),
            cluster: cluster)
        do { try LaunchRule.check(request) } catch { return error }
        return nil
    }

    @Test(arguments: compute + networks + placements + volumeCases) func refuses(test: Case) throws {
        let error = try Self.check(test)
        #expect(error?.code == test.code)
        #expect(error?.message == test.message)
    }

    @Test(arguments: [
        Case(request: "{}", message: ""), Case(request: #"{"launchType":"EC2"}"#, message: ""),
        Case(request: #"{"launchType":"EXTERNAL"}"#, message: ""),
        Case(
            request: #"{"launchType":"EC2"}"#, providers: ["p"],
            defaultStrategy: #"{"capacityProvider":"p","weight":1}"#,
            message: "the launch type wins over the cluster's strategy"),
        Case(request: "{}", definition: #"{"requiresCompatibilities":["FARGATE"]}"#, message: ""),
        Case(request: configured(#"{"subnets":["a"],"assignPublicIp":"DISABLED"}"#), definition: vpc, message: ""),
        Case(
            request: strategies(
                #"{"type":"spread","field":"attribute:ecs.availability-zone"},{"type":"spread","field":"instanceId"},"#
                    + #"{"type":"spread","field":"host"},{"type":"binpack","field":"MEMORY"},{"type":"random"}"#),
            message: ""),
    ]) func takes(test: Case) throws {
        #expect(try Self.check(test) == nil)
    }
}
