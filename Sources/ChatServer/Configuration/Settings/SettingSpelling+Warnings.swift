// Licensed under the MIT licence.

extension SettingSpelling {
    /// What names begin with that are meant for a server like this one.
    private static let ourPrefixes = [Self.ownPrefix, "JWT_", "TLS_", "API_KEY"]
    /// What the tests and scripts of this project are told by.
    private static let toolPrefixes = ["MARTLET_CI_", "MARTLET_CLUSTER_", "MARTLET_STEPS"]
    private static let redisPrefix = "REDIS_"
    /// Taken for `REDIS_HOST` so often that there is a line about it alone where that is not set.
    static let redisURL = "REDIS_URL"

    /// A line for each name that was set in vain, as far as that shows.
    ///
    /// Names that begin with `REDIS_` are many programs', so that those of the environment count only where this one uses Redis.
    ///
    /// - Parameters:
    ///   - environment: The names in the environment.
    ///   - file: The names in `.env`.
    ///   - hasRedis: Whether `REDIS_HOST` is set.
    /// - Returns: The lines, without values.
    static func warnings(environment: Set<String>, file: Set<String>, hasRedis: Bool) -> [String] {
        let links = ServiceLinks(names: environment)
        return environment.union(file).sorted().compactMap { name in
            let isInFile = file.contains(name)
            guard isInFile || !links.contain(name) else { return nil }
            if let setting = self.meant(by: name) { return self.warning(about: name, setting) }
            guard self.isOurs(name, withRedis: isInFile || hasRedis) else { return nil }
            // There is another line about it then.
            guard name != self.redisURL || hasRedis else { return nil }
            return self.warning(about: name, self.likeliest(for: name))
        }
    }

    private static func warning(about name: String, _ setting: Setting?) -> String {
        let shown = name.utf8.count <= 64 ? name : String(name.prefix(60)) + "…"
        let hint = setting.map { "; did you mean \($0.name)?" } ?? ""
        return "\(shown.oneLine) is set, but there is no such setting\(hint)"
    }

    /// Whether a name seems to be for this server, though it is none of a setting.
    private static func isOurs(_ name: String, withRedis: Bool) -> Bool {
        guard !SettingGroup.allSettings.contains(where: { $0.name == name }) else { return false }
        let name = name.uppercased()
        guard !self.toolPrefixes.contains(where: name.hasPrefix) else { return false }
        return self.ourPrefixes.contains(where: name.hasPrefix) || withRedis && name.hasPrefix(self.redisPrefix)
    }

    /// The setting that shares most words with a name such as `TLS_CERT_FILE` or `MARTLET_PORT`, of those the one with the fewest;
    /// nothing if none is likely, or the name is long.
    private static func likeliest(for name: String) -> Setting? {
        guard name.utf8.count <= 64 else { return nil }
        let words = self.bare(name).split(separator: "_")
        var best: (setting: Setting, shared: Int, words: Int)?
        for setting in SettingGroup.allSettings {
            let candidate = setting.name.split(separator: "_")
            let shared = self.shared(words, candidate)
            // One word is enough where it is the whole name, as in `MARTLET_PORT`, and says what a setting is about.
            let isOneWord = words.count == 1 && shared == 1 && self.isSame(words[0], candidate[candidate.count - 1])
            guard shared >= 2 || isOneWord else { continue }
            if let best, (best.shared, -best.words) >= (shared, -candidate.count) { continue }
            best = (setting, shared, candidate.count)
        }
        return best?.setting
    }

    /// How many words of one name are in the other, in the same order.
    private static func shared(_ words: [Substring], _ others: [Substring]) -> Int {
        var rest = others[...]
        var count = 0
        for word in words {
            guard let index = rest.firstIndex(where: { self.isSame(word, $0) }) else { continue }
            rest = rest[(index + 1)...]
            count += 1
        }
        return count
    }

    /// Whether a word is another one, or short for it (`CERT`, `DB`), or begins with it (`HOSTNAME`).
    private static func isSame(_ word: Substring, _ other: Substring) -> Bool {
        if word == other || other.count >= 3 && word.hasPrefix(other) { return true }
        guard word.count >= 2, word.first == other.first else { return false }
        var rest = other[...]
        for letter in word {
            guard let index = rest.firstIndex(of: letter) else { return false }
            rest = rest[rest.index(after: index)...]
        }
        return true
    }
}

/// The variables by which Kubernetes, and Docker's links, tell containers where services are: for a service `redis` they are
/// `REDIS_SERVICE_HOST`, `REDIS_SERVICE_PORT`, `REDIS_PORT`, `REDIS_PORT_6379_TCP_ADDR` and others.
private struct ServiceLinks {
    private let names: Set<String>

    /// - Parameter names: The names in the environment.
    init(names: Set<String>) {
        self.names = names
    }

    func contain(_ name: String) -> Bool {
        if Self.isLink(name) { return true }
        // `MARTLET_PORT` is one only among others, and else a mistake.
        guard name.hasSuffix("_PORT") else { return false }
        return self.names.contains("\(name.dropLast("PORT".count))SERVICE_HOST")
            || self.names.contains { $0.hasPrefix("\(name)_") && Self.isLink($0) }
    }

    private static func isLink(_ name: String) -> Bool {
        let words = name.split(separator: "_")
        if words.suffix(2) == ["SERVICE", "HOST"] { return true }
        return words.indices.dropFirst().contains { index in
            let before = words[index - 1]
            // `…_SERVICE_PORT`, with the port's name behind it if it has one.
            if before == "SERVICE", words[index] == "PORT" { return true }
            // `…_PORT_6379_TCP`, with `PROTO`, `PORT` or `ADDR` behind it or nothing.
            return before == "PORT" && UInt16(words[index]) != nil && words.count > index + 1
                && ["TCP", "UDP", "SCTP"].contains(words[index + 1])
        }
    }
}
