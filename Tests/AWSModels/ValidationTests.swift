import AWSModels
import Testing

struct ValidationTests {
    struct Case: Sendable {
        let name: String
        let violations: @Sendable () -> [ConstraintViolation]
        let messages: [String]
    }

    static let cases: [Case] = [
        Case(name: "nothing to complain about", violations: { ECS.ListClustersRequest().validate() }, messages: []),
        Case(
            name: "required at the top", violations: { ECS.RunTaskRequest().validate() },
            messages: ["Missing required parameter: taskDefinition"]),
        Case(
            name: "required inside lists",
            violations: {
                ECS.CreateServiceRequest(
                    placementConstraints: [.init()], serviceName: "web",
                    volumeConfigurations: [.init(managedEBSVolume: .init(), name: "v")]
                ).validate()
            },
            messages: ["Missing required parameter: volumeConfigurations[0].managedEBSVolume.roleArn"]),
        Case(
            name: "enum",
            violations: { ECS.RunTaskRequest(launchType: .init(rawValue: "ec2"), taskDefinition: "a").validate() },
            messages: ["launchType should be one of [EC2,FARGATE,EXTERNAL,MANAGED_INSTANCES]"]),
        Case(
            name: "enum in a list",
            violations: { ECS.DescribeTasksRequest(include: [.tags, .init(rawValue: "x")], tasks: ["t"]).validate() },
            messages: ["include[1] should be one of [TAGS]"]),
        Case(
            name: "range",
            violations: {
                ECS.RunTaskRequest(
                    capacityProviderStrategy: [.init(base: -1, capacityProvider: "p", weight: 1001)],
                    taskDefinition: "a"
                ).validate()
            },
            messages: [
                "Invalid range for parameter capacityProviderStrategy[0].base: -1, valid range: 0-100000",
                "Invalid range for parameter capacityProviderStrategy[0].weight: 1001, valid range: 0-1000",
            ]),
        Case(
            name: "length and pattern",
            violations: {
                ECS.CreateClusterRequest(tags: [
                    .init(key: "", value: "ok"), .init(key: "a<b", value: String(repeating: "é", count: 257)),
                    .init(key: "größe 1_.:/=+-@", value: ""),
                ]).validate()
            },
            messages: [
                "Invalid length for parameter tags[0].key: 0, valid length: 1-128",
                "Invalid value for parameter tags[1].key, it must match the pattern: ([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)",
                "Invalid length for parameter tags[1].value: 257, valid max length: 256",
            ]),
        Case(
            name: "number of entries",
            violations: {
                ECS.TagResourceRequest(
                    resourceArn: "arn", tags: (0..<51).map { ECS.Tag(key: "k\($0)", value: "v") }
                ).validate()
            },
            messages: ["Invalid length for parameter tags: 51, valid max length: 50"]),
    ]

    @Test(arguments: cases) func messages(_ testCase: Case) {
        #expect(testCase.violations().map(\.message) == testCase.messages, "\(testCase.name)")
    }

    @Test func kindAndValueAreGiven() throws {
        let request = ECS.RunTaskRequest(
            launchType: .init(rawValue: String(repeating: "x", count: 500)), taskDefinition: "a")
        let violation = try #require(request.validate().first)
        #expect(violation.path == "launchType")
        #expect(violation.kind == .notOneOf(["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"]))
        #expect(violation.offendingValue?.count == ConstraintChecker.maximumQuotedScalars)
    }

    @Test func aHostileListGivesAFewViolationsOnly() {
        let request = ECS.TagResourceRequest(resourceArn: "a", tags: Array(repeating: .init(key: ""), count: 100_000))
        #expect(request.validate().count == ConstraintChecker.maximumViolations)
    }

    @Test(arguments: [
        ("", true), ("aaaa", true), ("aaab", true), ("aaaab", false), ("abab", true), ("aab", true), ("b", false),
    ])
    func alternativesAndCounts(text: String, isMatch: Bool) {
        // (a|ab|aa){0,2}
        let letter = { (letter: Character) in
            ShapePattern.Node.one(.init([letter.unicodeScalars.first!.value...letter.unicodeScalars.first!.value]))
        }
        let pattern = ShapePattern(
            "(a|ab|aa){0,2}",
            .repeated(
                .anyOf([letter("a"), .sequence([letter("a"), letter("b")]), .sequence([letter("a"), letter("a")])]),
                atLeast: 0, atMost: 2))
        #expect(pattern.matches(text) == isMatch)
    }

    @Test func nestedRepetitionsTakeNoExponentialTime() {
        // (x*)*y, the classic that makes backtracking matchers hang.
        let pattern = ShapePattern(
            "(x*)*y",
            .sequence([
                .repeated(.repeated(.one(.init([0x78...0x78])), atLeast: 0, atMost: nil), atLeast: 0, atMost: nil),
                .one(.init([0x79...0x79])),
            ]))
        let text = String(repeating: "x", count: 300)
        #expect(!pattern.matches(text))
        #expect(pattern.matches(text + "y"))
    }
}
