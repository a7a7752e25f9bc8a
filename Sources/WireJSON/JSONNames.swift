// Licensed under the MIT licence.

import NIOCore

/// The names of the members that a reader of objects looks for, prepared once.
///
/// Keep it in a `static let`: `static let names = JSONNames("room_id", "content")`. Names of up to sixteen bytes are the
/// cheapest to find.
public struct JSONNames: Sendable {
    private let names: [(short: ShortBytes, name: String)]

    /// Prepares `names`; their places in this list are how ``JSONValue/members(_:)`` returns what it finds.
    public init(_ names: String...) {
        self.names = names.map { name in
            var copy = name
            return (copy.withUTF8 { ShortBytes(UnsafeRawBufferPointer($0)) }, name)
        }
    }

    /// How many names there are.
    public var count: Int { self.names.count }

    @inline(__always)
    func index(of member: JSONScanner.FoundMember, in bytes: UnsafeRawBufferPointer) -> Int? {
        let short = member.shortName(in: bytes)
        guard short.isLong else {
            for index in self.names.indices where self.names[index].short == short { return index }
            return nil
        }
        let text = JSONText(bytes, quoted: member.key)
        return self.names.firstIndex { text.equals($0.name) }
    }
}

extension JSONValue {
    /// The values of the members called by one of `names`, in the order of `names`; nil where there is none.
    ///
    /// Walks the object once, however many names there are; other members are ignored. Duplicates and the comparison of
    /// names are as in ``member(_:)``. If this is not an object, all are nil.
    ///
    /// - Returns: As many as there are names.
    public func members(_ names: JSONNames) -> [JSONValue?] {
        var values = [JSONValue?](repeating: nil, count: names.count)
        guard self.kind == .object else { return values }
        self.bytes.withUnsafeReadableBytes { buffer in
            let scanner = JSONScanner(buffer)
            var position = 1
            while let member = scanner.member(after: position) {
                if let index = names.index(of: member, in: buffer) {
                    values[index] = JSONValue(member.value, in: self.bytes)
                }
                position = member.value.range.upperBound
            }
        }
        return values
    }
}
