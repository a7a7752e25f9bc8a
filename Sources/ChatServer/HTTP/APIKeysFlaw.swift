// Licensed under the MIT licence.

/// Why a list of API keys cannot be used.
enum APIKeysFlaw: Error, Equatable {
    /// Its file cannot be read.
    case file(KeyFileFlaw)
    /// There are no keys in it, two with one name, or one that is not written as keys are.
    case malformed
    /// A key is the name of a scope, as in `key:send`, which would make `send` the key, and that for everything.
    case scopeAsKey

    /// To be written behind the setting or the file, without any of what is in it.
    var reason: String {
        switch self {
        case .file(let flaw): flaw.reason
        case .malformed: "it takes \(Setting.apiKeys.values.allowed)"
        case .scopeAsKey:
            "the key of an entry is a scope (\(APIKey.Scope.allCases.map(\.rawValue).joined(separator: ", "))); "
                + "a key with scopes is written name:key:scopes"
        }
    }
}
