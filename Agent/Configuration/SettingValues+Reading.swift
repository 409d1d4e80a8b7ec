import Support

/// Values as the Amazon ECS agent's settings write them.
extension SettingValues {
    func seconds(_ name: String, atLeast minimum: Double) throws(ConfigurationError) -> Double {
        let least = minimum > 0 ? ", and at least \(GoDuration.text(.seconds(minimum)))" : ""
        let seconds = try value(name, expected: "a duration such as 3h, 1m30s or 10s\(least)") { text in
            GoDuration.seconds(text).flatMap { $0 >= minimum ? $0 : nil }
        }
        return seconds ?? minimum
    }

    func isTrue(_ name: String) throws(ConfigurationError) -> Bool {
        try value(name, expected: "true or false", GoBool.value) ?? false
    }
}
