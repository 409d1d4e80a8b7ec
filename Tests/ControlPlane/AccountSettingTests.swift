import AWSModels
import Foundation
import Testing

@Suite struct AccountSettingTests {
    private static let root = "arn:aws:iam::123456789012:root"
    private static let user = "arn:aws:iam::123456789012:user/team/ann"

    /// Every setting, its default and its type, as an account sees them that has set nothing.
    @Test func everySettingHasADefault() async throws {
        let plane = try TestControlPlane()
        let first = try await plane.call("ListAccountSettings", ["effectiveSettings": true])
        let second = try await plane.call(
            "ListAccountSettings", ["effectiveSettings": true, "nextToken": first.text("nextToken")])
        #expect(first.list("settings").count == 10)
        #expect(second["nextToken"] == nil)
        let settings = first.list("settings") + second.list("settings")
        #expect(
            settings.map { "\($0.text("name"))=\($0.text("value")) \($0.text("type"))" } == [
                "awsvpcTrunking=disabled user", "containerInsights=disabled user",
                "containerInstanceLongArnFormat=enabled user", "defaultLogDriverMode=non-blocking user",
                "fargateEventWindows=disabled user", "fargateFIPSMode=disabled user",
                "fargateTaskRetirementWaitPeriod=7 user", "guardDutyActivate=off aws_managed",
                "serviceLongArnFormat=enabled user", "tagResourceAuthorization=on user",
                "taskLongArnFormat=enabled user",
            ])
        #expect(Set(settings.map { $0.text("name") }) == Set(ECS.SettingName.allKnown.map(\.rawValue)))
        #expect(settings.allSatisfy { $0.text("principalArn") == Self.root })
        #expect(try await plane.call("ListAccountSettings").list("settings").isEmpty)
    }

    @Test func aPrincipalsOwnValueWinsOverRootsAndRootsOverTheDefault() async throws {
        let plane = try TestControlPlane()
        func effective(_ principal: String? = nil) async throws -> String {
            var input: [String: Any] = ["name": "containerInsights", "effectiveSettings": true]
            input["principalArn"] = principal
            let setting = try await plane.call("ListAccountSettings", input).list("settings")[0]
            return "\(setting.text("value")) \(setting.text("principalArn"))"
        }
        let put = try await plane.call("PutAccountSettingDefault", ["name": "containerInsights", "value": "enabled"])
        #expect(put.object("setting").text("principalArn") == Self.root)
        #expect(put.object("setting").text("type") == "user")
        #expect(try await effective() == "enabled \(Self.root)")
        #expect(try await effective(Self.user) == "enabled \(Self.root)")

        _ = try await plane.call(
            "PutAccountSetting", ["name": "containerInsights", "value": "enhanced", "principalArn": Self.user])
        #expect(try await effective(Self.user) == "enhanced \(Self.user)")
        #expect(try await effective() == "enabled \(Self.root)")

        let deleted = try await plane.call(
            "DeleteAccountSetting", ["name": "containerInsights", "principalArn": Self.user])
        #expect(deleted.object("setting").text("value") == "enabled")
        #expect(deleted.object("setting").text("principalArn") == Self.user)
        #expect(try await effective(Self.user) == "enabled \(Self.root)")
        _ = try await plane.call("DeleteAccountSetting", ["name": "containerInsights"])
        #expect(try await effective() == "disabled \(Self.root)")
        // What is not set can be deleted, as often as one likes.
        _ = try await plane.call("DeleteAccountSetting", ["name": "containerInsights"])
    }

    @Test func listsWhatWasSet() async throws {
        let plane = try TestControlPlane()
        _ = try await plane.call("PutAccountSetting", ["name": "tagResourceAuthorization", "value": "off"])
        _ = try await plane.call("PutAccountSetting", ["name": "awsvpcTrunking", "value": "enabled"])
        _ = try await plane.call(
            "PutAccountSetting", ["name": "fargateFIPSMode", "value": "enabled", "principalArn": Self.user])
        func names(_ input: [String: Any] = [:]) async throws -> [String] {
            try await plane.call("ListAccountSettings", input).list("settings").map { $0.text("name") }
        }
        #expect(try await names() == ["awsvpcTrunking", "tagResourceAuthorization"])
        #expect(try await names(["principalArn": Self.user]) == ["fargateFIPSMode"])
        #expect(try await names(["name": "awsvpcTrunking"]) == ["awsvpcTrunking"])
        #expect(try await names(["name": "awsvpcTrunking", "value": "disabled"]) == [])
        #expect(try await names(["name": "awsvpcTrunking", "value": "enabled"]) == ["awsvpcTrunking"])
        let page = try await plane.call("ListAccountSettings", ["maxResults": 1])
        #expect(page.list("settings").map { $0.text("name") } == ["awsvpcTrunking"])
        #expect(try await names(["nextToken": page.text("nextToken")]) == ["tagResourceAuthorization"])
    }

    @Test(arguments: [
        ("containerInsights", "enhanced"), ("fargateTaskRetirementWaitPeriod", "0"),
        ("fargateTaskRetirementWaitPeriod", "14"), ("defaultLogDriverMode", "blocking"), ("awsvpcTrunking", "enabled"),
        ("tagResourceAuthorization", "off"), ("serviceLongArnFormat", "enabled"), ("fargateEventWindows", "enabled"),
    ]) func takesWhatASettingCanBe(name: String, value: String) async throws {
        let plane = try TestControlPlane()
        let setting = try await plane.call("PutAccountSetting", ["name": name, "value": value]).object("setting")
        #expect(setting.text("value") == value)
        #expect(setting.text("principalArn") == Self.root)
    }

    @Test func aNewClusterHasTheAccountsContainerInsights() async throws {
        let plane = try TestControlPlane()
        func insights(_ cluster: String, _ input: [String: Any] = [:]) async throws -> String? {
            let input = input.merging(["clusterName": cluster]) { first, _ in first }
            return try await plane.call("CreateCluster", input).object("cluster").list("settings").first?.text("value")
        }
        #expect(try await insights("a") == "disabled")
        _ = try await plane.call("PutAccountSettingDefault", ["name": "containerInsights", "value": "enhanced"])
        #expect(try await insights("b") == "enhanced")
        #expect(
            try await insights("c", ["settings": [["name": "containerInsights", "value": "disabled"]]]) == "disabled")
        // What a cluster was made with stays.
        #expect(try await insights("a") == "disabled")
    }

    struct Refusal: CustomTestStringConvertible, Sendable {
        var operation: String
        var input: [String: any Sendable]
        var message: String
        var testDescription: String { "\(operation): \(message)" }

        init(_ operation: String, _ input: [String: any Sendable], _ message: String) {
            self.operation = operation
            self.input = input
            self.message = message
        }
    }

    private static func put(_ name: String, _ value: String) -> [String: any Sendable] {
        ["name": name, "value": value]
    }

    static let refusals = [
        Refusal("PutAccountSetting", put("dualStack", "enabled"), "should be one of [serviceLongArnFormat,"),
        Refusal("PutAccountSetting", ["name": "containerInsights"], "Missing required parameter: value"),
        Refusal("PutAccountSetting", ["value": "enabled"], "Missing required parameter: name"),
        Refusal(
            "PutAccountSettingDefault", put("containerInsights", "ENABLED"),
            "Invalid setting 'value'. containerInsights should be one of [enhanced,enabled,disabled]; found "
                + "\"ENABLED\"."),
        Refusal("PutAccountSetting", put("fargateTaskRetirementWaitPeriod", "8"), "should be one of [0,7,14]"),
        Refusal(
            "PutAccountSetting", put("defaultLogDriverMode", "enabled"), "should be one of [blocking,non-blocking]"),
        Refusal("PutAccountSetting", put("tagResourceAuthorization", "enabled"), "should be one of [on,off]"),
        Refusal("PutAccountSetting", put("taskLongArnFormat", "disabled"), "taskLongArnFormat cannot be disabled"),
        Refusal(
            "PutAccountSetting", put("serviceLongArnFormat", "disabled"), "serviceLongArnFormat cannot be disabled"),
        Refusal("PutAccountSetting", put("guardDutyActivate", "on"), "guardDutyActivate is read-only"),
        Refusal("ListAccountSettings", ["value": "enabled"], "give the name as well"),
        Refusal("ListAccountSettings", ["maxResults": 11], "maxResults must be between 1 and 10; found 11."),
        Refusal("ListAccountSettings", ["nextToken": "?"], "Invalid token"),
        Refusal("DeleteAccountSetting", ["name": "x"], "should be one of [serviceLongArnFormat,"),
    ]

    @Test(arguments: refusals) func whatIsWrongIsRefused(refusal: Refusal) async throws {
        let plane = try TestControlPlane()
        let failure = try await plane.failure(refusal.operation, refusal.input)
        #expect(failure.code == "InvalidParameterException")
        #expect(failure.message.contains(refusal.message), "\(failure.message)")
        #expect(plane.store.rowCount == 0)
    }

    @Test(arguments: [
        "ann", "arn:aws:iam::123456789012:group/x", "arn:aws:iam::999999999999:user/x",
        "arn:aws:iam::123456789012:user/",
        "arn:aws:sts::123456789012:assumed-role/x/y", "arn:aws:iam:us-east-1:123456789012:user/x",
        "arn:aws:iam::123456789012:user/\(String(repeating: "x", count: 3000))", "arn:aws:iam::123456789012:user/ä b",
    ]) func principalsAreUsersAndRolesOfTheAccount(principal: String) async throws {
        let plane = try TestControlPlane()
        for operation in ["PutAccountSetting", "DeleteAccountSetting", "ListAccountSettings"] {
            let failure = try await plane.failure(
                operation, ["name": "containerInsights", "value": "enabled", "principalArn": principal])
            #expect(failure.code == "InvalidParameterException")
            #expect(failure.message.hasPrefix("principalArn must be the ARN of the root user, a user or a role"))
        }
    }
}
