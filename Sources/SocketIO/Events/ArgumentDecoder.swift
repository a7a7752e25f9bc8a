// Licensed under the MIT licence.

import Foundation
import NIOCore
public import WireJSON

/// Decodes the arguments of an event one after the other.
struct ArgumentDecoder {
    private var rest: ArraySlice<JSONValue>
    private let attachments: [ByteBuffer]
    private let decoder: JSONDecoder

    init(_ arguments: [JSONValue], attachments: [ByteBuffer]) {
        self.rest = arguments[...]
        self.attachments = attachments
        self.decoder = JSONDecoder()
        self.decoder.dataDecodingStrategy = .custom { decoder in
            let index = try Placeholder(from: decoder).num
            guard attachments.indices.contains(index) else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "no attachment with this number")
                )
            }
            return Data(attachments[index].readableBytesView)
        }
    }

    mutating func next<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let argument = self.rest.popFirst() ?? .null
        if type == JSONValue.self, let value = argument as? Value { return value }
        if type == ByteBuffer.self {
            let data = try self.decoder.decode(Data.self, from: Data(argument.bytes.readableBytesView))
            if let value = ByteBuffer(bytes: data) as? Value { return value }
        }
        return try self.decoder.decode(type, from: Data(argument.bytes.readableBytesView))
    }
}

extension JSONValue: Codable {
    /// Not for general encoders: this library passes the value's bytes through before one sees it.
    public func encode(to encoder: any Encoder) throws {
        throw EncodingError.invalidValue(
            self,
            .init(
                codingPath: encoder.codingPath,
                debugDescription: "a JSONValue is an argument of its own, not a part of one"
            )
        )
    }

    /// Not for general decoders: this library hands the value over before one sees it.
    public init(from decoder: any Decoder) throws {
        throw DecodingError.dataCorrupted(
            .init(
                codingPath: decoder.codingPath,
                debugDescription: "a JSONValue is an argument of its own, not a part of one"
            )
        )
    }
}
