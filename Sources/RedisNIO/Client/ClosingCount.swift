// Licensed under the MIT licence.

/// Calls back once several parts have ended; belongs to an event loop.
final class ClosingCount {
    private var count: Int
    private var completion: (() -> Void)?

    init(_ count: Int, completion: @escaping () -> Void) {
        self.count = count
        self.completion = completion
        self.callIfDone()
    }

    func down() {
        self.count -= 1
        self.callIfDone()
    }

    private func callIfDone() {
        guard self.count <= 0, let completion else { return }
        self.completion = nil
        completion()
    }
}
