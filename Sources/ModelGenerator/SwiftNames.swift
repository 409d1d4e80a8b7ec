/// How names of the model are spelled in Swift.
enum SwiftNames {
    private static let keywords: Set<String> = [
        "Any", "Protocol", "Self", "Type", "as", "associatedtype", "await", "break", "case", "catch", "class",
        "continue",
        "default", "defer", "deinit", "do", "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for",
        "func", "guard", "if", "import", "in", "init", "inout", "internal", "is", "let", "nil", "operator",
        "precedencegroup",
        "private", "protocol", "public", "repeat", "rethrows", "return", "self", "static", "struct", "subscript",
        "super",
        "switch", "throw", "throws", "true", "try", "typealias", "var", "where", "while",
    ]

    /// Types that generated code itself names, and names that Swift does not allow for nested types.
    private static let takenTypes: Set<String> = [
        "AWSDocument", "AWSEmptyShape", "AWSEnum", "AWSOperation", "AWSShape", "Array", "Bool", "ConstraintChecker",
        "Data", "Date",
        "Dictionary", "Double", "Errors", "Indirect", "Int", "Int64", "Optional", "Patterns", "Protocol", "Reader",
        "Self",
        "ShapePattern", "String", "Type", "Writer",
    ]

    static func type(_ name: String) -> String {
        let capitalized = name.prefix(1).uppercased() + name.dropFirst()
        return takenTypes.contains(capitalized) ? capitalized + "Shape" : capitalized
    }

    static func member(_ name: String) -> String {
        keywords.contains(name) ? "`\(name)`" : name
    }

    /// `FARGATE_SPOT` → fargateSpot, `json-file` → jsonFile, `TaskFailedToStart` → taskFailedToStart, `X86_64` → x86_64.
    static func enumCase(_ value: String) -> String {
        var text = ""
        for word in words(of: value) {
            let isShouting = !word.contains(where: \.isLowercase)
            let spelled = isShouting ? word.lowercased() : String(word)
            if text.isEmpty {
                text = spelled.prefix(1).lowercased() + spelled.dropFirst()
            } else if text.last?.isNumber == true, spelled.first?.isNumber == true {
                text += "_" + spelled
            } else {
                text += spelled.prefix(1).uppercased() + spelled.dropFirst()
            }
        }
        if text.isEmpty { return "empty" }
        if text == "none" || text == "some" { return text + "Value" }
        if text == "allKnown" || text == "rawValue" || text == "isKnown" { return text + "Value" }
        return text.first?.isNumber == true ? "_" + text : member(text)
    }

    /// A name for each value, in order. Values that would share one get a number.
    static func enumCases(_ values: [String]) -> [(name: String, value: String)] {
        var taken: [String: Int] = [:]
        return values.map { value in
            let name = enumCase(value)
            let uses = taken[name, default: 0] + 1
            taken[name] = uses
            return (uses == 1 ? name : "\(name.filter { $0 != "`" })_\(uses)", value)
        }
    }

    private static func words(of value: String) -> [Substring] {
        value.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    }

    /// `DescribeTasksRequest` → Describe, `EBSResourceType` → EBS, `Task` → Task.
    static func firstWord(_ name: String) -> String {
        let capitalized = Array(name.prefix(1).uppercased() + name.dropFirst())
        let firstLowercase = capitalized.dropFirst().firstIndex { !$0.isUppercase } ?? capitalized.count
        // Of several capitals in a row the last one starts the next word.
        if firstLowercase > 1 { return String(capitalized.prefix(max(1, firstLowercase - 1))) }
        return String(capitalized.prefix(1) + capitalized.dropFirst().prefix { !$0.isUppercase })
    }

    /// A Swift string literal.
    static func literal(_ text: String) -> String {
        var literal = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": literal += "\\\""
            case "\\": literal += "\\\\"
            case " "..."~": literal.unicodeScalars.append(scalar)
            default: literal += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return literal + "\""
    }
}
