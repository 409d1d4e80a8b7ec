package import AWSModels

/// What principals have set, by setting and principal.
package struct AccountSettingTable: Sendable {
    private struct Key: Hashable {
        var name: ECS.SettingName
        var principalARN: String

        init(_ name: ECS.SettingName, _ principalARN: String) {
            self.name = name
            self.principalARN = principalARN
        }
    }

    private var rows: [Key: AccountSettingRecord] = [:]

    package subscript(name: ECS.SettingName, principalARN: String) -> AccountSettingRecord? {
        rows[Key(name, principalARN)]
    }

    mutating func replace(_ old: AccountSettingRecord?, _ new: AccountSettingRecord?) {
        if let old { rows[Key(old.name, old.principalARN)] = nil }
        if let new { rows[Key(new.name, new.principalARN)] = new }
    }
}
