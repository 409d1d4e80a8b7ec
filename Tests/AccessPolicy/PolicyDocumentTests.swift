import AccessPolicy
import Testing

@Suite struct PolicyDocumentTests {
    @Test func nothingIsAllowedThatNoStatementAllows() throws {
        let policy = try document(
            #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecs:RunTask","Resource":"*"}]}"#)
        #expect(policy.allows("ecs:RunTask"))
        #expect(policy.allows("ECS:runtask"))
        #expect(!policy.allows("ecs:StopTask"))
    }

    @Test func whatDeniesWinsWhereverItStands() throws {
        let statements = [
            #"{"Sid":"all","Effect":"Allow","Action":"*","Resource":"*"}"#,
            #"{"Sid":"not","Effect":"Deny","Action":"ecs:Stop*","Resource":"\#(taskPrefix)prod/*"}"#,
        ]
        for statements in [statements, statements.reversed()] {
            let policy = try document(#"{"Statement":[\#(statements.joined(separator: ","))]}"#)
            #expect(policy.allows("ecs:StopTask", taskPrefix + "test/1"))
            #expect(
                policy.decision(action: "ecs:StopTask", resource: taskPrefix + "prod/1") { _ in [] }
                    == .explicitlyDenied(sid: "not"))
        }
    }

    @Test func negatedElementsSelectEverythingElse() throws {
        let policy = try document(
            #"""
            {"Statement":{"Effect":"Allow","NotAction":["iam:*","ecs:Stop*"],
             "NotResource":"arn:aws:ecs:us-east-1:123456789012:task/prod/*"}}
            """#)
        #expect(policy.allows("ecs:DescribeTasks", taskPrefix + "test/1"))
        #expect(!policy.allows("ecs:DescribeTasks", taskPrefix + "prod/1"))
        #expect(!policy.allows("iam:PassRole", taskPrefix + "test/1"))
    }

    @Test func variablesAreFilledIn() throws {
        let text = #"""
            {"Version":"VERSION","Statement":{"Effect":"Allow","Action":"ecs:*",
             "Resource":"arn:aws:ecs:us-east-1:123456789012:task/${aws:username}-*/*"}}
            """#
        let policy = try document(text.replacing("VERSION", with: "2012-10-17"))
        let cecil = ["aws:username": ["cecil"]]
        #expect(policy.allows("ecs:StopTask", taskPrefix + "cecil-test/1", cecil))
        #expect(!policy.allows("ecs:StopTask", taskPrefix + "doris-test/1", cecil))
        #expect(!policy.allows("ecs:StopTask", taskPrefix + "-test/1"))
        // What fills a variable has no wildcards.
        #expect(!policy.allows("ecs:StopTask", taskPrefix + "doris-test/1", ["aws:username": ["*"]]))
        let older = try document(text.replacing("VERSION", with: "2008-10-17"))
        #expect(!older.allows("ecs:StopTask", taskPrefix + "cecil-test/1", cecil))
        #expect(older.allows("ecs:StopTask", taskPrefix + "${aws:username}-test/1", cecil))
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var text: String
        var expected: String
        var testDescription: String { text }
        init(_ text: String, _ expected: String) { (self.text, self.expected) = (text, expected) }

        /// A member of the one statement.
        static func statement(_ members: String, _ expected: String) -> Self {
            Self(#"{"Statement":[{\#(members)}]}"#, expected)
        }

        static func condition(_ condition: String, _ expected: String) -> Self {
            statement(#""Effect":"Allow","Action":"*","Resource":"*","Condition":\#(condition)"#, expected)
        }
    }

    @Test(arguments: [
        Refusal("", "Malformed JSON"),
        Refusal("[]", "Malformed JSON"),
        Refusal("{}", "needs a Statement"),
        Refusal(#"{"Statement":[]}"#, "needs a Statement"),
        Refusal(#"{"Version":"2013-01-01","Statement":[]}"#, "the version is"),
        Refusal(#"{"Statment":[]}"#, "no such element"),
        Refusal(#"{"Statement":[],"Statement":[]}"#, "more than once"),
        Refusal(#"{"Statement":[]} x"#, "Malformed JSON"),
        .statement(#""Action":"*","Resource":"*""#, "Statement[0]: a statement needs an Effect"),
        .statement(#""Effect":"allow","Action":"*","Resource":"*""#, "Statement[0].Effect: it is Allow or Deny"),
        .statement(#""Effect":"Allow","Resource":"*""#, "either Action or NotAction"),
        .statement(#""Effect":"Allow","Action":"*","NotAction":"*","Resource":"*""#, "either Action or NotAction"),
        .statement(#""Effect":"Allow","Action":"*""#, "either Resource or NotResource"),
        .statement(#""Effect":"Allow","Action":[],"Resource":"*""#, "the list is empty"),
        .statement(#""Effect":"Allow","Action":5,"Resource":"*""#, "Statement[0].Action"),
        .statement(#""Effect":"Allow","Action":"ecs:RunTasks","Resource":"*""#, "no action ecs:RunTasks"),
        .statement(#""Effect":"Deny","Action":"s3:*","Resource":"*""#, "no action s3:*"),
        .statement(#""Effect":"Deny","Action":"*","Resource":"task/default/*""#, "neither an ARN nor *"),
        .statement(
            #""Effect":"Deny","Action":"*","Resource":"arn:aws:ecs:us-east-1:999999999999:task/*""#,
            "can be the ARN of nothing here"),
        .statement(
            #""Effect":"Deny","Action":"*","Resource":"arn:aws:ecs:us-east-1:123456789012:tasks/*""#,
            "can be the ARN of nothing here"),
        .statement(#""Effect":"Allow","Action":"*","Resource":"*","Principal":"*""#, "names no principal"),
        .statement(#""Sid":"a b","Effect":"Allow","Action":"*","Resource":"*""#, "letters A-Z"),
        .statement(#""Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*""#, "more than once"),
        Refusal(
            #"{"Statement":[{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Deny","Action":"*","Resource":"*"}]}"#,
            "the same Sid"),
        Refusal(
            #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:ecs:us-east-1:123456789012:task/${aws:userid}"}}"#,
            "the variable ${aws:userid} is not known"),
        Refusal(
            #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:ecs:us-east-1:123456789012:task/${aws:username"}}"#,
            "has no end"),
        .condition(#"{"StringIs":{"ecs:cluster":"a"}}"#, "the operator StringIs is not known"),
        .condition(#"{"NumericEquals":{"ecs:cluster":"a"}}"#, "the operator NumericEquals is not known"),
        .condition(#"{"StringEquals":{"ecs:klaster":"a"}}"#, "the key ecs:klaster is not known"),
        .condition(#"{"StringEquals":{"aws:RequestTag":"a"}}"#, "the key aws:RequestTag is not known"),
        .condition(#"{"StringEquals":{"aws:RequestTag/":"a"}}"#, "is not known"),
        .condition(#"{"StringEquals":{"ecs:cluster/team":"a"}}"#, "is not known"),
        .condition(#"{"StringEquals":{"ecs:cluster":[]}}"#, "the list is empty"),
        .condition(#"{"StringEquals":{"ecs:cluster":"a","ECS:cluster":"b"}}"#, "more than once"),
        .condition(#"{"StringEquals":{"ecs:cluster":"a"},"StringEquals":{"ecs:cluster":"a"}}"#, "more than once"),
        .condition(#"{"ArnLike":{"ecs:cluster":"prod"}}"#, "is not an ARN"),
        .condition(#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/33"}}"#, "neither an address nor a block"),
        .condition(#"{"Bool":{"ecs:enable-execute-command":"yes"}}"#, "neither true nor false"),
        .condition(#"{"NullIfExists":{"ecs:cluster":"true"}}"#, "Null is asked as it stands"),
    ])
    func whatIsNotKnownIsRefused(_ refusal: Refusal) {
        let error = #expect(throws: PolicyError.self) { try document(refusal.text) }
        #expect(error?.message.contains(refusal.expected) == true, "\(error?.message ?? "")")
    }

    @Test func documentsHaveALimit() throws {
        func text(_ count: Int) -> String {
            let resource = "\"" + taskPrefix + String(repeating: "a", count: 100) + "\""
            let resources = Array(repeating: resource, count: count).joined(separator: " , ")
            return #"{"Statement":{"Effect":"Allow","Action":"*","Resource":[\#(resources)]}}"#
        }
        _ = try document(text(40))
        #expect(throws: PolicyError.self) { try document(text(45)) }
    }
}
