// Licensed under the MIT licence.

import Foundation
import NIOCore
import SocketIOCore
import Synchronization
public import WireJSON

/// What an application keeps with a socket, by name: seen by other processes of a cluster, and restored with the socket.
///
/// ```swift
/// try socket.data.set("username", "alice")
/// let name = socket.data.get("username", as: String.self)
/// ```
/// Values are kept as JSON. May be used from anywhere.
public final class SocketData: Sendable {
    private let storage: Mutex<[String: JSONValue]>
    private let observers = Mutex<[@Sendable (SocketData) -> Void]>([])

    init(_ values: [String: JSONValue] = [:]) {
        self.storage = Mutex(values)
    }

    /// Keeps a value under a name, in place of any other.
    /// - Throws: `EncodingError`; the old value stays then.
    public func set(_ name: String, _ value: some Encodable & Sendable) throws {
        let encoded = try EncodedArguments([value])
        // What the encoder wrote is JSON.
        self.replace(name, JSONValue.list(joined: encoded.json).first)
    }

    func replace(_ name: String, _ value: JSONValue?) {
        self.storage.withLock { $0[name] = value }
        self.changed()
    }

    /// The value of a name, or nothing if there is none of this type.
    public func get<Value: Decodable>(_ name: String, as type: Value.Type) -> Value? {
        guard let value = self.storage.withLock({ $0[name] }) else { return nil }
        var decoder = ArgumentDecoder([value], attachments: [])
        return try? decoder.next(type)
    }

    /// Forgets the value of a name.
    public func remove(_ name: String) {
        self.replace(name, nil)
    }

    /// All values, by name.
    public var values: [String: JSONValue] { self.storage.withLock { $0 } }

    /// All values, as a JSON object with its names in order.
    public var json: JSONValue {
        let values = self.values
        guard !values.isEmpty else { return .emptyObject }
        return JSONValue.object(values.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) })
    }

    /// Calls back after each change from now on, on the thread that made it.
    package func observe(_ observer: @escaping @Sendable (SocketData) -> Void) {
        self.observers.withLock { $0.append(observer) }
    }

    private func changed() {
        for observer in self.observers.withLock({ $0 }) { observer(self) }
    }
}
