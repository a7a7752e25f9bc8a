// Licensed under the MIT licence.

/// Finds what somebody meant who set a variable that there is none of.
enum SettingSpelling {
    /// What settings might begin with, and do not.
    static let ownPrefix = "MARTLET_"

    /// The setting whose name this nearly is; nothing if it is the name of one, or like none.
    ///
    /// - Parameter name: A name, such as `SERVER_PROT` or `MARTLET_SERVER_PORT`; long ones are like none.
    /// - Returns: The setting.
    static func meant(by name: String) -> Setting? {
        guard name.utf8.count <= 64, !SettingGroup.allSettings.contains(where: { $0.name == name }) else { return nil }
        let name = self.bare(name)
        var nearest: (setting: Setting, distance: Int)?
        for setting in SettingGroup.allSettings {
            let distance = self.distance(Array(name.utf8), Array(setting.name.utf8))
            // In a short name two slips make another word.
            guard distance <= (setting.name.utf8.count > 8 ? 2 : 1) else { continue }
            if distance < nearest?.distance ?? .max { nearest = (setting, distance) }
        }
        return nearest?.setting
    }

    /// A name as settings are written, without what they do not begin with.
    static func bare(_ name: String) -> String {
        let name = name.uppercased()
        return name.hasPrefix(self.ownPrefix) ? String(name.dropFirst(self.ownPrefix.count)) : name
    }

    /// How many bytes have to be put in, left out, changed, or swapped with their neighbour (optimal string alignment).
    private static func distance(_ from: [UInt8], _ to: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...to.count)
        for row in from.indices {
            var current = [row + 1]
            for column in to.indices {
                var cost = min(
                    last[column + 1] + 1,
                    current[column] + 1,
                    last[column] + (from[row] == to[column] ? 0 : 1)
                )
                if row > 0, column > 0, from[row] == to[column - 1], from[row - 1] == to[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[to.count]
    }
}
