import AWSModels
import Testing

@testable import AWSProtocol

/// Bodies that no client of good will sends. Each is a SerializationException that says where, and none is a crash.
struct HostileJSONTests {
    private func error(_ body: [UInt8]) -> AWSError? {
        do {
            _ = try AWSJSONCodec().decode(ECS.RunTaskRequest.self, from: body)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        // Wrong types, with the member's path.
        (#"{"count":"1"}"#, "count: STRING_VALUE can not be converted to an Integer"),
        (#"{"count":true}"#, "count: TRUE_VALUE can not be converted to an Integer"),
        (#"{"count":{}}"#, "count: START_OBJECT can not be converted to an Integer"),
        (#"{"cluster":1}"#, "cluster: NUMBER_VALUE can not be converted to a String"),
        (#"{"cluster":["a"]}"#, "cluster: START_ARRAY can not be converted to a String"),
        (#"{"launchType":false}"#, "launchType: FALSE_VALUE can not be converted to a String"),
        (#"{"enableECSManagedTags":"true"}"#, "enableECSManagedTags: STRING_VALUE can not be converted to a Boolean"),
        (#"{"tags":{}}"#, "tags: START_OBJECT can not be converted to a List"),
        (#"{"tags":[{"key":"a"},{"key":1}]}"#, "tags[1].key: NUMBER_VALUE can not be converted to a String"),
        (#"{"tags":[null]}"#, "tags[0]: NULL_VALUE can not be converted to a Structure"),
        (#"{"overrides":"x"}"#, "overrides: STRING_VALUE can not be converted to a Structure"),
        // Numbers.
        (#"{"count":1.5}"#, "count: the number can not be converted to an Integer"),
        (#"{"count":2147483648}"#, "count: the number does not fit an Integer"),
        (#"{"count":-2147483649}"#, "count: the number does not fit an Integer"),
        (#"{"count":99999999999999999999}"#, "count: the number does not fit an Integer"),
        (#"{"count":1e400}"#, "count: the number is too large"),
        (#"{"count":1e18}"#, "count: the number does not fit an Integer"),
        (#"{"count":01}"#, #"Malformed JSON: expected "}" at byte 10"#),
        (#"{"count":+1}"#, "count: Malformed JSON: expected a value at byte 9"),
        (#"{"count":-}"#, "count: Malformed JSON: expected a value at byte 10"),
        (#"{"count":1.}"#, "count: Malformed JSON: expected a digit at byte 11"),
        (#"{"count":1e}"#, "count: Malformed JSON: expected a digit at byte 11"),
        (#"{"count":NaN}"#, "count: Malformed JSON: expected a value at byte 9"),
        (#"{"x":Infinity}"#, "x: Malformed JSON: expected a value at byte 5"),
        // Structure.
        ("[]", "START_ARRAY can not be converted to a Structure"),
        ("null", "NULL_VALUE can not be converted to a Structure"),
        (#""a""#, "STRING_VALUE can not be converted to a Structure"),
        ("1", "NUMBER_VALUE can not be converted to a Structure"),
        (" ", "Malformed JSON: unexpected end at byte 1"),
        ("{", "Malformed JSON: unexpected end at byte 1"),
        (#"{"a""#, "Malformed JSON: unexpected end at byte 4"),
        (#"{"a":"#, "a: Malformed JSON: unexpected end at byte 5"),
        (#"{"a":1,}"#, "Malformed JSON: expected a member's name at byte 7"),
        (#"{"a":1 "b":2}"#, #"Malformed JSON: expected "}" at byte 7"#),
        (#"{'a':1}"#, "Malformed JSON: expected a member's name at byte 1"),
        (#"{"tags":[{},]}"#, "tags[1]: Malformed JSON: expected a value at byte 12"),
        ("{}{}", "Malformed JSON: text after the end of the object at byte 2"),
        ("{} x", "Malformed JSON: text after the end of the object at byte 3"),
        ("{}\0", "Malformed JSON: text after the end of the object at byte 2"),
        ("\u{FEFF}{}", "Malformed JSON: expected a value at byte 0"),
        (#"{"a":tru}"#, "a: Malformed JSON: expected true at byte 5"),
        (#"{"a":nul"#, "a: Malformed JSON: expected null at byte 5"),
        ("{/**/}", "Malformed JSON: expected a member's name at byte 1"),
        // Strings.
        (#"{"cluster":"\ud800"}"#, "cluster: Malformed JSON: an unpaired surrogate at byte 18"),
        (#"{"cluster":"\udc00\ud800"}"#, "cluster: Malformed JSON: an unpaired surrogate at byte 18"),
        (#"{"cluster":"\ud800\n"}"#, "cluster: Malformed JSON: an unpaired surrogate at byte 19"),
        (#"{"cluster":"\ud800\u0041"}"#, "cluster: Malformed JSON: an unpaired surrogate at byte 24"),
        (#"{"cluster":"\u12g4"}"#, "cluster: Malformed JSON: expected a hexadecimal digit at byte 16"),
        (#"{"cluster":"\u"#, "cluster: Malformed JSON: expected a hexadecimal digit at byte 14"),
        (#"{"cluster":"\x41"}"#, "cluster: Malformed JSON: an unknown escape at byte 14"),
        (#"{"cluster":"a"#, "cluster: Malformed JSON: unexpected end of a string at byte 13"),
        (#"{"cluster":"a\"#, "cluster: Malformed JSON: unexpected end of a string at byte 14"),
        ("{\"cluster\":\"a\nb\"}", "cluster: Malformed JSON: a control character in a string at byte 14"),
        ("{\"cluster\":\"a\0b\"}", "cluster: Malformed JSON: a control character in a string at byte 14"),
    ])
    func refused(body: String, message: String) {
        let error = error(Array(body.utf8))
        #expect(error?.code == "SerializationException")
        #expect(error?.httpStatus == 400)
        #expect(error?.message == message)
    }

    @Test(
        arguments: [
            [0xFF], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC0, 0x80], [0xE2, 0x82],
        ] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        let known = Array(#"{"cluster":""#.utf8) + bytes + Array(#""}"#.utf8)
        #expect(error(known)?.message.contains("invalid UTF-8") == true)
        let unknown = Array(#"{"other":""#.utf8) + bytes + Array(#""}"#.utf8)
        #expect(error(unknown)?.message.contains("invalid UTF-8") == true)
        let name = Array(#"{""#.utf8) + bytes + Array(#"":1}"#.utf8)
        #expect(error(name)?.message.contains("invalid UTF-8") == true)
        #expect(error(bytes)?.code == "SerializationException")
    }

    @Test(arguments: [#"{"x":"#, #"{"a":["#, #"{"tags":["#, #"{"x":[[{"y":"#, "["])
    func nestingIsBounded(opening: String) {
        for count in [101, 100_000] {
            let body = Array(String(repeating: opening, count: count).utf8)
            #expect(error(body)?.code == "SerializationException")
        }
    }

    @Test func deepestAllowedNesting() {
        let deep = { (levels: Int) in
            Array(
                (#"{"x":"# + String(repeating: "[", count: levels - 1) + String(repeating: "]", count: levels - 1) + "}")
                    .utf8)
        }
        #expect(error(deep(JSONReader.maximumDepth)) == nil)
        #expect(error(deep(JSONReader.maximumDepth + 1))?.message.hasSuffix("nested deeper than 100 levels") == true)
    }

    @Test func hugeListsAreRefusedBeforeTheyTakeMemory() {
        let body = Array((#"{"tags":["# + String(repeating: "{},", count: 350_000) + "{}]}").utf8)
        #expect(error(body)?.message.hasSuffix("more than 65536 list and map entries") == true)
    }

    @Test func hugeNumbersAreRefused() {
        let digits = String(repeating: "9", count: 100_000)
        #expect(error(Array(#"{"count":\#(digits)}"#.utf8))?.message == "count: the number is too long")
        #expect(error(Array(#"{"x":0.\#(digits)}"#.utf8))?.message == "x: the number is too long")
    }

    @Test func aLongNameIsCutInTheMessage() throws {
        let name = String(repeating: "ä", count: 10_000)
        let message = try #require(error(Array(#"{"\#(name)":!}"#.utf8))?.message)
        #expect(message.unicodeScalars.count < 400)
    }

    @Test func escapedNULsArriveAsTheyAre() throws {
        let body = Array(#"{"cluster":"a\u0000b"}"#.utf8)
        #expect(try AWSJSONCodec().decode(ECS.RunTaskRequest.self, from: body).cluster == "a\0b")
    }

    @Test(arguments: ["253402300800", "-62135596801", "1e300", "\"2020-01-01T00:00:00Z\""])
    func timestampsOutOfRange(json: String) {
        #expect(throws: AWSError.self) {
            try AWSJSONCodec().decode(ECS.Task.self, from: Array(#"{"createdAt":\#(json)}"#.utf8))
        }
    }

    /// Every prefix and every one-byte change of a good body is read or refused, but never crashes.
    @Test func damagedBodies() {
        let good = Array(
            #"{"count":-1.5e2,"tags":[{"key":"\u00fc\ud83d\udea2","value":null}],"x":{"y":[true,false]},"cluster":"é"}"#
                .utf8)
        var refused = 0
        for length in 0..<good.count where error(Array(good[..<length])) != nil { refused += 1 }
        #expect(refused == good.count - 1, "only the empty prefix is a request")
        for index in good.indices {
            for byte: UInt8 in [0, 0x22, 0x5C, 0x7B, 0x5D, 0x2C, 0x75, 0x80, 0xFF, 0x30] {
                var damaged = good
                damaged[index] = byte
                _ = error(damaged)
            }
        }
    }
}
