// Licensed under the MIT licence.

/// The keys that open the HTTP interface (`API_KEYS`).
struct APIKeys: Equatable, Sendable {
    private let keys: [[UInt8]]

    /// Reads keys separated by commas; white space around them is dropped.
    ///
    /// - Parameter list: At least one key, of printable ASCII without spaces, since they travel in header fields.
    init?(list: String) {
        let keys = list.split(separator: ",").map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
        guard !keys.isEmpty, keys.allSatisfy({ $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } }) else { return nil }
        self.keys = keys.map { Array($0.utf8) }
    }

    /// Whether a key is one of these.
    ///
    /// How long this takes tells nothing but how long `candidate` is.
    func admits(_ candidate: some StringProtocol) -> Bool {
        let candidate = Array(candidate.utf8)
        var isAdmitted = false
        for key in self.keys {
            // Every key is compared to its end, also after one has fitted.
            let isEqual = Self.isEqual(candidate, key)
            isAdmitted = isEqual || isAdmitted
        }
        return isAdmitted
    }

    /// Compares without stopping at the first difference.
    ///
    /// Not inlined, so that no caller's shortcut gets in.
    @inline(never)
    private static func isEqual(_ candidate: [UInt8], _ key: [UInt8]) -> Bool {
        var difference = UInt(bitPattern: candidate.count ^ key.count)
        for index in candidate.indices {
            difference |= UInt(candidate[index] ^ key[index % key.count])
        }
        return difference == 0
    }
}
