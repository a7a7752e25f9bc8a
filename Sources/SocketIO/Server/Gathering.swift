// Licensed under the MIT licence.

/// What the shards have said so far.
///
/// `@unchecked Sendable`: touched on one shard only.
package final class Gathering<Value: Sendable>: @unchecked Sendable {
    private let count: Int
    private let completion: @Sendable ([Value]) -> Void
    private var values: [Value] = []

    /// Waits for so many values; `completion` gets them in the order in which they came.
    package init(count: Int, completion: @escaping @Sendable ([Value]) -> Void) {
        self.count = count
        self.completion = completion
    }

    /// A shard says something.
    package func add(_ value: Value) {
        self.values.append(value)
        if self.values.count == self.count { self.completion(self.values) }
    }
}
