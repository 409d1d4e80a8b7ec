import AccessPolicy
import Testing

@Suite struct ConditionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var condition: String
        var values: [String: [String]]
        var isAllowed: Bool
        var testDescription: String { "\(condition) \(values)" }
        init(_ condition: String, _ values: [String: [String]], _ isAllowed: Bool) {
            (self.condition, self.values, self.isAllowed) = (condition, values, isAllowed)
        }
    }

    private static let prod = "arn:aws:ecs:us-east-1:123456789012:cluster/prod"

    @Test(arguments: [
        Case(#"{"StringEquals":{"aws:RequestTag/team":"web"}}"#, ["aws:RequestTag/team": ["web"]], true),
        Case(#"{"StringEquals":{"AWS:requesttag/Team":"web"}}"#, ["aws:RequestTag/team": ["web"]], true),
        Case(#"{"StringEquals":{"aws:RequestTag/team":"web"}}"#, ["aws:RequestTag/team": ["Web"]], false),
        Case(#"{"StringEquals":{"aws:RequestTag/team":["db","web"]}}"#, ["aws:RequestTag/team": ["web"]], true),
        Case(#"{"StringEquals":{"aws:RequestTag/team":"w*"}}"#, ["aws:RequestTag/team": ["web"]], false),
        Case(#"{"StringEquals":{"aws:RequestTag/team":"w*"}}"#, ["aws:RequestTag/team": ["w*"]], true),
        Case(#"{"StringEquals":{"aws:RequestTag/team":"web"}}"#, [:], false),
        // The same letters to a reader, other bytes.
        Case(#"{"StringEquals":{"aws:RequestTag/team":"caf\u00e9"}}"#, ["aws:RequestTag/team": ["cafe\u{301}"]], false),
        Case(#"{"StringEqualsIfExists":{"aws:RequestTag/team":"web"}}"#, [:], true),
        Case(#"{"StringEqualsIfExists":{"aws:RequestTag/team":"web"}}"#, ["aws:RequestTag/team": ["db"]], false),
        Case(#"{"StringNotEquals":{"aws:RequestTag/team":["db","web"]}}"#, ["aws:RequestTag/team": ["web"]], false),
        Case(#"{"StringNotEquals":{"aws:RequestTag/team":["db","web"]}}"#, ["aws:RequestTag/team": ["x"]], true),
        Case(#"{"StringNotEquals":{"aws:RequestTag/team":"web"}}"#, [:], true),
        Case(#"{"StringEqualsIgnoreCase":{"aws:RequestTag/team":"WEB"}}"#, ["aws:RequestTag/team": ["wEb"]], true),
        // The sign for kelvin is no k.
        Case(#"{"StringEqualsIgnoreCase":{"aws:RequestTag/team":"k"}}"#, ["aws:RequestTag/team": ["\u{212A}"]], false),
        Case(#"{"StringLike":{"aws:RequestTag/team":"w?b*"}}"#, ["aws:RequestTag/team": ["web-1"]], true),
        Case(#"{"StringNotLike":{"aws:RequestTag/team":"w?b*"}}"#, ["aws:RequestTag/team": ["web-1"]], false),
        Case(#"{"ArnEquals":{"ecs:cluster":"arn:aws:ecs:*:*:cluster/pr?d"}}"#, ["ecs:cluster": [prod]], true),
        Case(
            #"{"ArnLike":{"ecs:cluster":"arn:aws:ecs:us-east-1:123456789012:cluster/prod"}}"#, ["ecs:cluster": [prod]],
            true),
        // A part ends at its colon.
        Case(#"{"ArnLike":{"ecs:cluster":"arn:*:cluster/prod:*:*:*"}}"#, ["ecs:cluster": [prod]], false),
        Case(#"{"ArnNotLike":{"ecs:cluster":"arn:aws:ecs:*:*:cluster/p*"}}"#, ["ecs:cluster": [prod]], false),
        Case(#"{"ArnLike":{"ecs:cluster":"arn:*:*:*:*:*"}}"#, ["ecs:cluster": ["prod"]], false),
        Case(#"{"Bool":{"ecs:enable-execute-command":"true"}}"#, ["ecs:enable-execute-command": ["true"]], true),
        Case(#"{"Bool":{"ecs:enable-execute-command":false}}"#, ["ecs:enable-execute-command": ["true"]], false),
        Case(#"{"BoolIfExists":{"ecs:enable-execute-command":false}}"#, [:], true),
        Case(#"{"Null":{"aws:RequestTag/team":"true"}}"#, [:], true),
        Case(#"{"Null":{"aws:RequestTag/team":true}}"#, ["aws:RequestTag/team": ["web"]], false),
        Case(#"{"Null":{"aws:RequestTag/team":"false"}}"#, ["aws:RequestTag/team": ["web"]], true),
        Case(#"{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","192.0.2.7"]}}"#, ["aws:SourceIp": ["10.255.0.1"]], true),
        Case(#"{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","192.0.2.7"]}}"#, ["aws:SourceIp": ["192.0.2.8"]], false),
        Case(#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, ["aws:SourceIp": ["::ffff:10.1.2.3"]], true),
        Case(#"{"IpAddress":{"aws:SourceIp":"2001:db8::/33"}}"#, ["aws:SourceIp": ["2001:db8:7fff::1"]], true),
        Case(#"{"IpAddress":{"aws:SourceIp":"2001:db8::/33"}}"#, ["aws:SourceIp": ["2001:db8:8000::1"]], false),
        Case(#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#, ["aws:SourceIp": ["::1"]], false),
        Case(#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, ["aws:SourceIp": ["11.0.0.1"]], true),
        Case(#"{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}"#, ["aws:TagKeys": ["a", "b"]], true),
        Case(#"{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}"#, ["aws:TagKeys": ["a", "c"]], false),
        Case(#"{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}"#, [:], true),
        Case(#"{"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}}"#, ["aws:TagKeys": ["a", "c"]], true),
        Case(#"{"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}}"#, [:], false),
        Case(#"{"ForAnyValue:StringNotLike":{"aws:TagKeys":"a*"}}"#, ["aws:TagKeys": ["ab", "c"]], true),
        Case(#"{"ForAllValues:StringNotLike":{"aws:TagKeys":"a*"}}"#, ["aws:TagKeys": ["ab", "c"]], false),
        Case(#"{"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"a"}}"#, [:], true),
        // All operators, and all keys of one, have to hold.
        Case(
            #"{"StringEquals":{"aws:RequestTag/a":"1","aws:RequestTag/b":"2"}}"#, ["aws:RequestTag/a": ["1"]], false),
        Case(
            #"{"StringEquals":{"aws:RequestTag/a":"1"},"Null":{"aws:RequestTag/b":"true"}}"#,
            ["aws:RequestTag/a": ["1"]], true),
        Case(
            #"{"StringEquals":{"aws:ResourceTag/owner":"${aws:username}"}}"#,
            ["aws:ResourceTag/owner": ["cecil"], "aws:username": ["cecil"]], true),
        Case(
            #"{"StringEquals":{"aws:ResourceTag/owner":"${aws:username}"}}"#,
            ["aws:ResourceTag/owner": ["doris"], "aws:username": ["cecil"]], false),
        Case(#"{"StringLike":{"aws:ResourceTag/owner":"${*}"}}"#, ["aws:ResourceTag/owner": ["*"]], true),
        Case(#"{"StringLike":{"aws:ResourceTag/owner":"${*}"}}"#, ["aws:ResourceTag/owner": ["x"]], false),
    ])
    func operatorsCompareAsIAMDoes(_ example: Case) throws {
        let policy = try allowing(if: example.condition)
        #expect(policy.allows("ecs:RunTask", "*", example.values) == example.isAllowed)
    }
}
