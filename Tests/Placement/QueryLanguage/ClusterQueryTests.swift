import Placement
import Testing

/// An instance for queries to look at.
struct QueriedInstance: ClusterQueryTarget {
    var agentConnected = true
    var agentVersion: String? = "1.14.4"
    var ec2InstanceID: String? = "i-abcd1234"
    /// 2018-02-13T12:00:00Z
    var registeredAtSeconds = 1_518_523_200
    var runningTasksCount = 1
    var attributes: [String: String] = [
        "ecs.instance-type": "g2.2xlarge", "ecs.availability-zone": "us-east-1a", "stack": "prod", "flag": "",
        "size": "10", "path": "a\\b/c", "words": "two words",
    ]
    var taskGroups = ["service:production", "database"]

    func attribute(named name: String) -> String? { attributes[name] }
}

@Suite struct ClusterQueryTests {
    /// Expressions, and whether they select the instance above.
    static let expressions: [(String, Bool)] = [
        // The examples of the Developer Guide.
        ("attribute:ecs.instance-type == t2.small", false),
        ("attribute:ecs.availability-zone in [us-east-1a, us-east-1b]", true),
        ("attribute:ecs.instance-type =~ g2.* and attribute:ecs.availability-zone != us-east-1d", true),
        ("task:group == service:production", true),
        ("not(task:group == database)", false),
        ("runningTasksCount == 1", true),
        ("agentVersion < 1.14.5", true),
        ("registeredAt < 2018-02-13", false),
        ("ec2InstanceId in ['i-abcd1234', 'i-wxyx7890']", true),
        // Operators and their words.
        ("attribute:stack equals prod", true), ("attribute:stack not_equals prod", false),
        ("attribute:size greater_than 9", true), ("attribute:size > 10", false),
        ("attribute:size greater_than_equal 10", true), ("attribute:size >= 11", false),
        ("attribute:size less_than 11", true), ("attribute:size < 9", false),
        ("attribute:size less_than_equal 10", true), ("attribute:size <= 9", false),
        ("attribute:stack > prad", true), ("attribute:stack < prod", false),
        ("attribute:stack exists", true), ("attribute:stack !exists", false), ("attribute:none not_exists", true),
        ("attribute:flag exists", true), ("attribute:none exists", false),
        ("attribute:stack in [dev,prod]", true), ("attribute:stack !in [dev]", true),
        ("attribute:stack not_in [dev, prod]", false),
        ("attribute:stack matches pr.d", true), ("attribute:stack not_matches pr.d", false),
        ("attribute:stack !~ dev", true), ("attribute:stack=~p.*", true), ("attribute:stack==prod", true),
        // What is absent is selected by no comparison.
        ("attribute:none == x", false), ("attribute:none != x", false), ("attribute:none !in [x]", false),
        ("attribute:none !~ x", false), ("not(attribute:none == x)", true), ("attribute:none < x", false),
        ("attribute:flag != x", true), ("attribute:flag == ''", true),
        // Letters' case counts, and a pattern is about the whole value.
        ("attribute:stack == Prod", false), ("attribute:Stack exists", false), ("attribute:stack =~ PROD", false),
        ("attribute:stack =~ pro", false), ("attribute:stack =~ ro", false),
        // Quotes.
        ("attribute:words == 'two words'", true), ("attribute:words == \"two words\"", true),
        ("attribute:path == a\\b/c", true), ("attribute:path =~ 'a\\\\b/c'", true),
        ("attribute:stack =~ '(dev|prod)'", true), ("attribute:stack =~ dev|prod", true),
        // Connectives: not binds tighter than and, and than or.
        ("attribute:stack == dev or attribute:size == 10 and runningTasksCount == 1", true),
        ("attribute:stack == prod or attribute:size == 11 and runningTasksCount == 2", true),
        ("(attribute:stack == prod or attribute:size == 11) and runningTasksCount == 2", false),
        ("attribute:stack == prod || attribute:stack == dev && attribute:none exists", true),
        ("not attribute:stack == dev and attribute:size == 11", false),
        ("!attribute:stack==dev&&runningTasksCount==1", true), ("!(not (! attribute:stack exists))", false),
        ("  ( ( attribute:stack exists ) )  ", true),
        // The other subjects.
        ("agentConnected == true", true), ("agentConnected != true", false), ("agentConnected in [true, false]", true),
        ("agentConnected =~ fal.*", false), ("agentConnected !~ fal.*", true),
        ("agentVersion == 1.14.4", true), ("agentVersion == 1.14.4.0", true), ("agentVersion > 1.9", true),
        ("agentVersion >= 1.14.4", true), ("agentVersion != 1.14.4", false), ("agentVersion <= 1.14", false),
        ("registeredAt > 2018-02-13", true), ("registeredAt == 2018-02-13T12:00:00", true),
        ("registeredAt == 2018-02-13T12:00:00Z", true), ("registeredAt == 2018-02-13T14:30:00+02:30", true),
        ("registeredAt == '2018-02-13T07:00:00-05:00'", true), ("registeredAt >= 2018-02-14", false),
        ("registeredAt != 1970-01-01", true), ("registeredAt > 2016-02-29", true),
        ("ec2InstanceId == i-abcd1234", true), ("ec2InstanceId =~ i-.*", true), ("ec2InstanceId !~ i-a.*", false),
        ("runningTasksCount > 0", true), ("runningTasksCount <= 0", false), ("runningTasksCount != 1", false),
        ("task:group =~ service:.*", true), ("task:group in [x, database]", true), ("task:group == x", false),
        // One task in another group is enough.
        ("task:group != database", true), ("task:group !in [database, service:production]", false),
    ]

    @Test(arguments: expressions) func selects(expression: String, expected: Bool) throws {
        var work = ClusterQueryWork()
        #expect(try ClusterQuery(expression).selects(QueriedInstance(), work: &work) == expected, "\(expression)")
        #expect(work.steps > 0)
    }

    @Test(arguments: [
        "ec2InstanceId != i-1", "agentVersion != 1", "task:group != x", "agentVersion < 99", "ec2InstanceId !~ x",
    ])
    func whatAnInstanceDoesNotHaveIsNotCompared(expression: String) throws {
        let instance = QueriedInstance(agentVersion: nil, ec2InstanceID: nil, taskGroups: [])
        var work = ClusterQueryWork()
        #expect(try !ClusterQuery(expression).selects(instance, work: &work))
    }

    /// Wrong expressions: the column, and words that the message must have.
    static let wrong: [(String, Int, String)] = [
        ("", 1, "expected a subject (agentConnected, agentVersion, ec2InstanceId, registeredAt"),
        ("   ", 4, "found the end of the expression"),
        ("stack == prod", 1, "found \"stack\""),
        ("AgentConnected == true", 1, "expected a subject"),
        ("attribute: == x", 1, "name of an attribute"),
        ("attribute:stack", 16, "expected an operator (==, !=, >"),
        ("attribute:stack prod", 17, "after attribute:stack; found \"prod\""),
        ("attribute:stack = prod", 17, "found \"=\""),
        ("attribute:stack == ", 20, "expected a value after ==; found the end of the expression"),
        ("attribute:stack == prod dev", 25, "expected and, or, or the end of the expression; found \"dev\""),
        ("attribute:stack == prod AND attribute:a exists", 25, "found \"AND\""),
        ("attribute:stack == prod and", 28, "expected a subject"),
        ("attribute:stack == 'prod", 20, "no closing '"),
        ("attribute:stack == pr'od", 22, "must be quoted"),
        ("attribute:stack == [prod]", 20, "a list goes with in"),
        ("attribute:stack in prod", 20, "expected a list in brackets after in; found \"prod\""),
        ("attribute:stack in []", 21, "expected a value after in"),
        ("attribute:stack in [a,]", 23, "expected a value after in; found \"]\""),
        ("attribute:stack in [a b]", 23, "expected , or ] in the list after in; found \"b\""),
        ("attribute:stack in [a", 22, "found the end"),
        ("(attribute:stack exists", 24, "expected and, or, or )"),
        ("attribute:stack exists)", 23, "expected and, or, or the end of the expression; found \")\""),
        ("()", 2, "expected a subject"),
        ("agentConnected == yes", 19, "expected true or false to compare agentConnected with; found \"yes\""),
        ("agentConnected > true", 16, "agentConnected cannot be used with >; expected ==, !=, in, !in, =~, !~"),
        ("runningTasksCount == -1", 22, "a whole number"),
        ("runningTasksCount == 99999999999999999999", 22, "a whole number"),
        ("runningTasksCount in [1]", 19, "cannot be used with in"),
        ("agentVersion == 1.x", 17, "a version such as 1.14.5"),
        ("agentVersion == 1..2", 17, "a version"),
        ("registeredAt < yesterday", 16, "a date such as 2018-06-18"),
        ("registeredAt < 2018-02-29", 16, "a date"),
        ("registeredAt < 2018-02-28T24:00:00", 16, "a date"),
        ("registeredAt < 2018-02-28T10:00:00+1:00", 16, "a date"),
        ("registeredAt exists", 14, "cannot be used with exists"),
        ("task:group exists", 12, "cannot be used with exists"),
        ("attribute:a =~ (x|y)", 16, "expected a value after =~"),
        ("attribute:a =~ a(x|y)", 17, "a pattern with parentheses must be quoted"),
        ("attribute:a =~ 'a(x'", 16, "at its character 2: a ( without its )"),
        ("attribute:a =~ a{2000}", 16, "more than 1000 is not supported"),
        ("attribute:a =~ '(a)\\1'", 16, "backreferences are not supported"),
        ("attribute:a =~ '(?=a)'", 16, "lookaround"),
    ]

    @Test(arguments: wrong) func refuses(expression: String, column: Int, words: String) throws {
        do {
            Issue.record("parsed as \(try ClusterQuery(expression))")
        } catch {
            #expect(error.column == column, "\(error)")
            #expect(error.message.contains(words), "\(error)")
        }
    }

    @Test func boundsLengthAndNesting() throws {
        let longest = "attribute:a == " + String(repeating: "x", count: 2000 - 15)
        #expect(throws: Never.self) { try ClusterQuery(longest) }
        #expect(throws: ClusterQueryError.self) { try ClusterQuery(longest + "x") }
        #expect(throws: ClusterQueryError.self) { try ClusterQuery(String(repeating: "x", count: 5_000_000)) }
        func nested(_ depth: Int, _ open: String, _ close: String) -> String {
            String(repeating: open, count: depth) + "attribute:a exists" + String(repeating: close, count: depth)
        }
        #expect(throws: Never.self) { try ClusterQuery(nested(49, "(", ")")) }
        for (open, close) in [("(", ")"), ("!", ""), ("not ", "")] {
            #expect(throws: ClusterQueryError.self) { try ClusterQuery(nested(50, open, close)) }
            #expect(throws: ClusterQueryError.self) { try ClusterQuery(nested(400, open, close)) }
        }
    }

    /// Nothing takes more than it may, whatever the pattern and however many the groups.
    @Test func workIsBounded() throws {
        let query = try ClusterQuery("task:group =~ '(a?){500}(a?){500}b'")
        let groups = (0..<200).map { String(repeating: "a", count: 200) + String($0) }
        var work = ClusterQueryWork(limit: 100_000)
        #expect(!query.selects(QueriedInstance(taskGroups: groups), work: &work))
        #expect(work.isExhausted)
        #expect(work.steps < 100_000 + 2 * 2500)
        let dearest = try ClusterQuery("attribute:a =~ '.{0,1000}b' or attribute:a =~ '(.?){240}c'")
        work = ClusterQueryWork(limit: 1_000_000)
        _ = dearest.selects(QueriedInstance(attributes: ["a": String(repeating: "a", count: 128)]), work: &work)
        #expect(!work.isExhausted)
    }

    /// A hundred small patterns are bounded together, as one large one is.
    @Test func boundsAllPatternsTogether() throws {
        let one = "attribute:a =~ .{999}"
        #expect(throws: Never.self) { try ClusterQuery("\(one)") }
        #expect(throws: ClusterQueryError.self) {
            try ClusterQuery(Array(repeating: one, count: 80).joined(separator: " or "))
        }
    }
}
