package import AWSModels

/// The value that one principal has set for one account setting. The root user's is the account's default.
package struct AccountSettingRecord: StoredRecord {
    package static let kind = "accountSetting"
    package static let version = 1
    // A name has no space, so keys of different settings differ.
    package var storeKey: String { "\(name.rawValue) \(principalARN)" }

    package var name: ECS.SettingName
    package var principalARN: String
    package var value: String

    package init(name: ECS.SettingName, principalARN: String, value: String) {
        self.name = name
        self.principalARN = principalARN
        self.value = value
    }
}
