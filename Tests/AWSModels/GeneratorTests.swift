import Foundation
import Testing

@testable import ModelGenerator

struct GeneratorTests {
    private func generate(shapes: String, operations: String = "{}", protocol: String = "json") throws -> String {
        let model = """
            {"metadata": {"apiVersion": "2020-01-01", "protocol": "\(`protocol`)", "serviceId": "Toy",
              "endpointPrefix": "toy", "targetPrefix": "Toy_2020", "jsonVersion": "1.1"},
             "operations": \(operations), "shapes": \(shapes)}
            """
        return try Generator(modelData: Data(model.utf8), namespace: "Toy", source: "a test").files()
            .map(\.text).joined()
    }

    @Test func outputIsTheSameEveryTime() throws {
        let shapes = """
            {"A": {"type": "structure", "members": {"z": {"shape": "S"}, "b": {"shape": "S"}, "m": {"shape": "M"}}},
             "S": {"type": "string"}, "M": {"type": "map", "key": {"shape": "S"}, "value": {"shape": "L"}},
             "L": {"type": "list", "member": {"shape": "A"}}}
            """
        let first = try generate(shapes: shapes)
        for _ in 0..<5 { #expect(try generate(shapes: shapes) == first) }
        #expect(first.contains("package var m: [String: [A]]?"))
    }

    @Test func aStructureThatHoldsItselfIsBoxed() throws {
        let text = try generate(
            shapes: """
                {"Outer": {"type": "structure", "members": {"inner": {"shape": "Inner"}, "all": {"shape": "Outers"}}},
                 "Inner": {"type": "structure", "members": {"outer": {"shape": "Outer"}}},
                 "Outers": {"type": "list", "member": {"shape": "Outer"}}}
                """)
        #expect(text.contains("package var inner: Indirect<Inner>?"))
        #expect(text.contains("package var outer: Indirect<Outer>?"))
        #expect(text.contains("package var all: [Outer]?"))
    }

    @Test(arguments: [
        #"{"A": {"type": "structure", "members": {"h": {"shape": "S", "location": "header"}}}, "S": {"type": "string"}}"#,
        #"{"A": {"type": "structure", "members": {}, "eventstream": true}}"#,
        #"{"A": {"type": "structure", "members": {"b": {"shape": "B"}}}, "B": {"type": "bigInteger"}}"#,
        #"{"A": {"type": "structure", "members": {"b": {"shape": "Absent"}}}}"#,
        #"{"A": {"type": "string", "pattern": "(?!aws)x"}}"#,
        #"{"AWSShape": {"type": "structure", "members": {}}, "AWSShapeShape": {"type": "structure", "members": {}}}"#,
    ])
    func whatIsNotUnderstoodStopsTheGenerator(shapes: String) {
        #expect(throws: GeneratorError.self) { try generate(shapes: shapes) }
    }

    @Test func anOperationWithoutOutputGivesTheEmptyShape() throws {
        let text = try generate(
            shapes: #"{"In": {"type": "structure", "members": {}}}"#, operations: #"{"Do": {"input": {"shape": "In"}}}"#
        )
        #expect(text.contains("typealias Input = In\n"))
        #expect(text.contains("typealias Output = AWSEmptyShape\n"))
    }

    @Test func otherProtocolsStopTheGenerator() {
        #expect(throws: GeneratorError.self) { try generate(shapes: "{}", protocol: "query") }
    }

    @Test(arguments: [
        ("FARGATE_SPOT", "fargateSpot"), ("json-file", "jsonFile"), ("TaskFailedToStart", "taskFailedToStart"),
        ("X86_64", "x86_64"), ("default", "`default`"), ("NONE", "noneValue"), ("EC2", "ec2"), ("2xlarge", "_2xlarge"),
        ("fargateFIPSMode", "fargateFIPSMode"), ("*", "empty"), ("aws:user", "awsUser"),
    ])
    func enumCaseNames(value: String, name: String) {
        #expect(SwiftNames.enumCase(value) == name)
    }

    @Test func enumValuesThatShareANameAreNumbered() {
        #expect(SwiftNames.enumCases(["a-b", "a_b", "c"]).map(\.name) == ["aB", "aB_2", "c"])
    }

    @Test(arguments: [
        ("DescribeTasksRequest", "Describe"), ("EBSResourceType", "EBS"), ("Task", "Task"), ("AWSVpc", "AWS"),
        ("A", "A"),
    ])
    func firstWords(name: String, word: String) {
        #expect(SwiftNames.firstWord(name) == word)
    }

    @Test(arguments: [
        ("a", ".one(.init([0x61...0x61]))"),
        ("^[a-c\\-]+$", ".repeated(.one(.init([0x61...0x63, 0x2D...0x2D])), atLeast: 1, atMost: nil)"),
        (
            "(x|\\p{L}{2,3})?",
            ".repeated(.anyOf([.one(.init([0x78...0x78])), .repeated(.one(.init([], [.letter])), "
                + "atLeast: 2, atMost: 3)]), atLeast: 0, atMost: 1)"
        ),
        ("\\p{Print}", ".one(.init([0x20...0x7E]))"),
        ("[^\\s]", ".one(.init([0x9...0xD, 0x20...0x20], isNegated: true))"),
        ("[\\u0020-\\uD7FF\\uD800\\uDC00-\\uDBFF\\uDFFF]", ".one(.init([0x20...0xD7FF, 0x10000...0x10FFFF]))"),
    ])
    func patterns(source: String, node: String) throws {
        #expect(try PatternTranslator.node(for: source) == node)
    }

    @Test(arguments: [
        "(?=a)", "a**", "\\1", "[a", "(a", "a)", "[z-a]", "a^b", "\\p{Greek}", "[a&&b]", "a{x}", "\\uD800",
    ])
    func untranslatablePatterns(source: String) {
        #expect(throws: GeneratorError.self) { try PatternTranslator.node(for: source) }
    }
}
