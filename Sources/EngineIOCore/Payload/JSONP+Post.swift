// Licensed under the MIT licence.

public import NIOCore

extension JSONP {
    /// Why the body of a JSONP POST holds no payload.
    ///
    /// Each of these is the peer's fault and ends the session.
    public enum PostError: Error, Sendable, Hashable {
        /// The body has no field `d`.
        case missingData
        /// The body has more than one field `d`.
        case repeatedData
    }

    /// Takes the payload out of a JSONP POST: the field `d` of a form, with the client's escaping of line ends undone.
    ///
    /// `d=6%3A4hello` is the payload `6:4hello`. Browsers change line ends in form fields, so clients write a line end
    /// as `\n` (two characters) and what was `\n` before as `\\n` (Engine.IO protocol v3, "Posting data";
    /// `engine.io-client` 3.5, `lib/transports/polling-jsonp.js`). Both are undone here, as in the reference server.
    /// - Parameter body: The request's body; bound its size before. The result is not longer.
    /// - Returns: The payload, for ``PayloadDecoder``, which checks that it is UTF-8.
    /// - Throws: ``PostError`` unless there is exactly one `d`.
    public static func payload(ofPost body: ByteBuffer) throws(PostError) -> ByteBuffer {
        var found: ByteBufferView?
        var rest = body.readableBytesView
        while !rest.isEmpty {
            let field = rest.prefix { $0 != UInt8(ascii: "&") }
            rest = rest.dropFirst(field.count + 1)
            guard field.starts(with: "d=".utf8) else { continue }
            guard found == nil else { throw .repeatedData }
            found = field.dropFirst(2)
        }
        guard let found else { throw .missingData }
        var payload = ByteBuffer()
        payload.reserveCapacity(found.count)
        PercentEncoding.decodeForm(found, into: &payload)
        return unescapeLineEnds(payload)
    }

    /// `\n` becomes a line end and `\\n` becomes `\n`; everything else stays.
    static func unescapeLineEnds(_ escaped: ByteBuffer) -> ByteBuffer {
        let backslash = UInt8(ascii: "\\")
        guard escaped.readableBytesView.contains(backslash) else { return escaped }
        var output = ByteBuffer()
        output.reserveCapacity(escaped.readableBytes)
        escaped.withUnsafeReadableBytes { bytes in
            var start = 0
            var position = 0
            while position + 1 < bytes.count {
                guard bytes[position] == backslash else {
                    position += 1
                    continue
                }
                if bytes[position + 1] == UInt8(ascii: "n") {
                    output.writeBytes(bytes[start..<position])
                    output.writeInteger(UInt8(ascii: "\n"))
                    position += 2
                    start = position
                } else if position + 2 < bytes.count, bytes[position + 1] == backslash,
                    bytes[position + 2] == UInt8(ascii: "n")
                {
                    // Leave out the first backslash and step over the two bytes that stay.
                    output.writeBytes(bytes[start..<position])
                    start = position + 1
                    position += 3
                } else {
                    position += 1
                }
            }
            output.writeBytes(bytes[start...])
        }
        return output
    }
}
