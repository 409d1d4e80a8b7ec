import AccessPolicy

let vocabulary = PolicyVocabulary(
    actions: ["ecs:RunTask", "ecs:StopTask", "ecs:DescribeTasks", "ecs:ListTasks", "iam:PassRole"],
    resourceBeginnings: [
        "arn:aws:ecs:us-east-1:123456789012:task/", "arn:aws:ecs:us-east-1:123456789012:cluster/",
        "arn:aws:ecs:us-east-1:123456789012:task-definition/", "arn:aws:iam::",
    ],
    keys: ["ecs:cluster", "aws:TagKeys", "aws:SourceIp", "aws:username", "ecs:enable-execute-command"],
    tagKeys: ["aws:RequestTag", "aws:ResourceTag"], variables: ["aws:username"])

let taskPrefix = "arn:aws:ecs:us-east-1:123456789012:task/"

func document(_ text: String) throws -> PolicyDocument { try PolicyDocument(text, vocabulary) }

/// A document of one statement, which allows every task action on everything, under these conditions.
func allowing(if condition: String) throws -> PolicyDocument {
    try document(
        #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ecs:*","Resource":"*","Condition":\#(condition)}}"#
    )
}

extension PolicyDocument {
    func allows(
        _ action: String = "ecs:RunTask", _ resource: String = "*", _ values: [String: [String]] = [:]
    ) -> Bool {
        let values = Dictionary(uniqueKeysWithValues: values.map { (ConditionKey($0.key), $0.value) })
        if case .allowed = decision(action: action, resource: resource, values: { values[$0] ?? [] }) { return true }
        return false
    }
}
