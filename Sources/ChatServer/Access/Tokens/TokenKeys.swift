// Licensed under the MIT licence.

/// The keys that there are.
struct TokenKeys: Sendable {
    /// The most keys of one file.
    static let maximumCount = 64

    private let keys: [TokenKey]

    init(_ keys: [TokenKey]) {
        self.keys = keys
    }

    /// The keys that a token may have been signed with.
    ///
    /// A token that names its key is checked with the keys of that name, and with those that have none. One that names none must leave
    /// no doubt: of the keys with names it is checked only with the one that its algorithm fits, if there is but one, so that no token
    /// costs as many signatures as there are keys.
    func candidates(for algorithm: TokenAlgorithm, id: String?) -> [TokenKey] {
        let fitting = self.keys.filter { $0.algorithms.contains(algorithm) }
        if let id { return fitting.filter { $0.id == nil || $0.id == id } }
        let named = fitting.filter { $0.id != nil }
        return fitting.filter { $0.id == nil } + (named.count == 1 ? named : [])
    }
}
