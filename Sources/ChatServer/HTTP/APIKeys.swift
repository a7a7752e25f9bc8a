// Licensed under the MIT licence.

/// The keys that open the HTTP interface (`API_KEYS`, `API_KEYS_FILE`).
struct APIKeys: Equatable, Sendable {
    private let keys: [APIKey]

    /// Reads keys separated by commas or line breaks; white space around them is dropped, and so are lines that begin with `#`.
    ///
    /// - Parameter list: At least one key, each as ``APIKey/init(_:number:)`` reads it, with different names.
    /// - Throws: What does not do.
    init(list: String) throws(APIKeysFlaw) {
        let lines = list.split(whereSeparator: \.isNewline).filter { $0.trimmingSpaces().first != "#" }
        let entries = lines.flatMap { $0.split(separator: ",") }.map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
        var keys: [APIKey] = []
        for (index, entry) in entries.enumerated() {
            keys.append(try APIKey(entry, number: index + 1))
        }
        guard !keys.isEmpty, Set(keys.map(\.name)).count == keys.count else { throw .malformed }
        self.keys = keys
    }

    /// Reads the keys that are in a file now.
    ///
    /// - Throws: What does not do.
    init(file path: String) throws(APIKeysFlaw) {
        let list: String
        do throws(KeyFileFlaw) {
            list = try KeyFile.secret(path)
        } catch {
            throw .file(error)
        }
        try self.init(list: list)
    }

    /// A line about keys that can be guessed; nothing where there are none.
    func weakness(in setting: Setting) -> String? {
        guard self.keys.contains(where: \.isWeak) else { return nil }
        return SecretLength.warning(about: "a key of the REST interface", in: setting)
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
