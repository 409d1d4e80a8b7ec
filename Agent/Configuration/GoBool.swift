/// Truth values as the Amazon ECS agent's settings write them, which Go's `strconv.ParseBool` reads.
enum GoBool {
    static func value(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }
}
