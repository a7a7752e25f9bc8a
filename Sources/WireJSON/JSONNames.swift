// Licensed under the MIT licence.

import NIOCore

/// The names of the members that a reader of objects looks for, prepared once.
///
/// Keep it in a `static let`: `static let names = JSONNames("room_id", "content")`. Names of up to sixteen bytes are
/// the cheapest to find. See ``JSONValue/forEachMember(named:_:)``.
public struct JSONNames: Sendable {
    private let short: [ShortBytes]
    private let names: [String]

    /// Prepares `names`; each is known by its place in this list.
    public init(_ names: String...) {
        self.names = names
        self.short = names.map { name in
            var name = name
            return name.withUTF8 { ShortBytes(RawBytes(UnsafeRawBufferPointer($0))) }
        }
    }

    @inline(__always)
    func index(of member: JSONScanner.FoundMember, in bytes: RawBytes) -> Int? {
        let short = member.shortName(in: bytes)
        guard !short.isTooLong else {
            let text = JSONText(bytes, quoted: member.key)
            return self.names.firstIndex { text.equals($0) }
        }
        return self.short.withUnsafeBufferPointer { names in
            for index in names.indices where names[index] == short { return index }
            return nil
        }
    }
}

extension JSONValue {
    /// Calls `body` with each member of an object that has one of `names`, in the order they came in.
    ///
    /// Walks the object once, in place: the cheapest way to read several members. Others are skipped; of duplicates
    /// each is reported, so that a reader who keeps the last one agrees with ``member(_:)``. Names are compared as
    /// ``Member/isNamed(_:)`` does. Does nothing if this is not an object.
    ///
    /// - Parameters:
    ///   - names: What to look for.
    ///   - body: Called with the place of the name in `names`, and the value.
    public func forEachMember(named names: JSONNames, _ body: (_ index: Int, _ value: consuming JSONValue) -> Void) {
        guard self.kind == .object else { return }
        self.bytes.withUnsafeReadableBytes { buffer in
            let bytes = RawBytes(buffer)
            let scanner = JSONScanner(bytes)
            var position = 1
            while let member = scanner.member(after: position) {
                if let index = names.index(of: member, in: bytes) {
                    body(index, JSONValue(member.value, in: self.bytes))
                }
                position = member.value.range.upperBound
            }
        }
    }
}
