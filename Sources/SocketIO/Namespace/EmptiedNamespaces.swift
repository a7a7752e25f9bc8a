// Licensed under the MIT licence.

/// The names of the namespaces that nobody is in and that stay for clients who may come back, in the order in which they were
/// emptied; no more than so many.
struct EmptiedNamespaces {
    private let maximumCount: Int
    private var serials: [String: UInt64] = [:]
    /// Those that are in use again, or gone, are passed over; those before `head` are done with.
    private var order: [(name: String, serial: UInt64)] = []
    private var head = 0
    private var nextSerial: UInt64 = 0

    init(maximumCount: Int) {
        self.maximumCount = max(0, maximumCount)
    }

    var count: Int { self.serials.count }

    /// Adds a namespace as the youngest; returns the oldest, which is not among them any more, if there are too many.
    mutating func add(_ name: String) -> String? {
        self.serials[name] = self.nextSerial
        self.order.append((name, self.nextSerial))
        self.nextSerial += 1
        let oldest = self.serials.count > self.maximumCount ? self.removeOldest() : nil
        if self.order.count > 2 * self.serials.count + 64 {
            self.order = self.order[self.head...].filter { self.serials[$0.name] == $0.serial }
            self.head = 0
        }
        return oldest
    }

    mutating func remove(_ name: String) {
        self.serials[name] = nil
    }

    private mutating func removeOldest() -> String? {
        while self.head < self.order.count {
            let (name, serial) = self.order[self.head]
            self.head += 1
            if self.serials[name] == serial {
                self.serials[name] = nil
                return name
            }
        }
        return nil
    }
}
