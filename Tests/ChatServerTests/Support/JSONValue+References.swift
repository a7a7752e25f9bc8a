// Licensed under the MIT licence.

import WireJSON

extension JSONValue {
    /// What every `$ref` in it names.
    var references: Set<String> {
        var found = Set(self.elements.flatMap(\.references))
        for member in self.members {
            if member.key.isString("$ref"), let reference = member.value.stringValue { found.insert(reference) }
            found.formUnion(member.value.references)
        }
        return found
    }

    /// Whether there is something where such a name (`#/components/schemas/Message`) points.
    func leadsSomewhere(_ reference: String) -> Bool {
        var target: JSONValue? = self
        for step in reference.split(separator: "/").dropFirst() { target = target?.member(String(step)) }
        return target != nil
    }
}
