// Licensed under the MIT licence.

/// The keys that open the HTTP interface (`API_KEYS`).
struct APIKeys: Equatable, Sendable {
    private let keys: [APIKey]

    /// Reads keys separated by commas or line breaks; white space around them is dropped, and so are lines that begin with `#`.
    ///
    /// - Parameter list: At least one key, each as ``APIKey/init(_:number:)`` reads it, with different names.
    init?(list: String) {
        let entries = list.split { $0 == "," || $0.isNewline }.map { $0.trimmingSpaces() }
            .filter { !$0.isEmpty && $0.first != "#" }
        var keys: [APIKey] = []
        for (index, entry) in entries.enumerated() {
            guard let key = APIKey(entry, number: index + 1) else { return nil }
            keys.append(key)
        }
        guard !keys.isEmpty, Set(keys.map(\.name)).count == keys.count else { return nil }
        self.keys = keys
    }

    /// The key that this is; nothing if it is none.
    ///
    /// How long this takes tells nothing but how long `candidate` is: digests are compared, every one to its end, also after one
    /// has fitted.
    func key(_ candidate: some StringProtocol) -> APIKey? {
        let digest = APIKey.digest(of: candidate)
        var found: APIKey?
        for key in self.keys {
            if key.matches(digest) { found = key }
        }
        return found
    }
}
