// Licensed under the MIT licence.

/// All that is told under one name, at a moment.
struct MetricFamily: Equatable, Sendable {
    /// What the numbers are.
    enum Kind: String, Sendable {
        /// Only grows, but for a restart.
        case counter
        case gauge
        /// Counts by class.
        case histogram
    }

    /// One number or distribution, and what tells it from the others.
    struct Sample: Equatable, Sendable {
        var labels: [MetricLabel] = []
        var value: Value
    }

    enum Value: Equatable, Sendable {
        case integer(Int)
        case number(Double)
        case distribution(Distribution)
    }

    /// Such as `chat_rooms`; letters, digits and underscores.
    let name: String
    let kind: Kind
    /// One sentence.
    let help: String
    var samples: [Sample]

    init(_ name: String, _ kind: Kind, _ help: String, samples: [Sample]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.samples = samples
    }

    /// A family of one number.
    init(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
        self.init(name, kind, help, samples: [Sample(value: .integer(value))])
    }

    /// A family of one number.
    init(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        self.init(name, kind, help, samples: [Sample(value: .number(value))])
    }
}

/// What tells a sample from the others of its family.
struct MetricLabel: Hashable, Sendable {
    let name: String
    let value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// How often values were in which class, and their sum.
struct Distribution: Equatable, Sendable {
    /// The greatest value of each class but the last, which has no bound; ascending.
    let bounds: [Double]
    /// How many values are in each class, which has one more than there are bounds.
    var counts: [Int]
    var sum: Double

    /// Nothing was observed.
    init(bounds: [Double]) {
        self.bounds = bounds
        self.counts = Array(repeating: 0, count: bounds.count + 1)
        self.sum = 0
    }

    /// A value was observed; what is no number is left out.
    mutating func observe(_ value: Double) {
        guard value.isFinite else { return }
        self.sum += value
        // From below, since that is where most values are.
        let index = self.bounds.firstIndex { value <= $0 } ?? self.bounds.count
        self.counts[index] += 1
    }

    /// How many values were observed.
    var count: Int { self.counts.reduce(0, +) }
}

extension [Double] {
    /// Seconds, for what should take less than a few milliseconds and must not take more than a few seconds.
    static let latencyBounds: [Double] = [
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    /// Numbers of things.
    static let countBounds: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
}
