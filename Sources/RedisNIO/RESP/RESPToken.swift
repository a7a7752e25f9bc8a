// Licensed under the MIT licence.

/// A part of a reply, in the order of the wire: a scalar, or the head of an aggregate whose parts follow.
enum RESPToken: Hashable {
    case string(StringType, offset: Int, length: Int)
    case integer(Int)
    case double(Double)
    case boolean(Bool)
    case null
    case aggregate(AggregateType, parts: Int)

    enum StringType: UInt8 {
        case simple
        case bulk
        case verbatim
        case simpleError
        case bulkError
        case bigNumber
    }

    enum AggregateType: UInt8 {
        case array
        case set
        case map
        case push
        /// Keys and values, and then the value they are about.
        case attribute
    }
}
