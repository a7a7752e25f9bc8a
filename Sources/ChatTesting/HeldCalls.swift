// Licensed under the MIT licence.

import Chat
import SocketIOTesting

/// The calls of a store that wait to be carried out or to be answered, in lines: one for each room and user.
struct HeldCalls: Sendable {
    /// Within one line changes are carried out, and succeed, in the order of the calls.
    enum Line: Hashable, Sendable {
        case room(RoomID)
        case user(UserID)
    }

    enum Kind: Sendable {
        case change
        /// Sees what was complete when it was called.
        case read
        /// Sees every change that was called before it.
        case strictRead
    }

    typealias Answer = @Sendable () -> Void
    /// Asks the store behind, unless the fault says otherwise, and hands over what will answer the call.
    typealias Body = @Sendable (StoreFault?, _ ready: @escaping @Sendable (@escaping Answer) -> Void) -> Void

    struct Call: Sendable {
        let number: UInt64
        let fault: StoreFault?
        let body: Body
        fileprivate let kind: Kind
        fileprivate var stage = Stage.waiting
    }

    fileprivate enum Stage: Sendable {
        case waiting
        case underWay
        case carriedOut(Answer)
    }

    enum Step: Sendable {
        case carryOut(Call, Line)
        case answer(Answer)
    }

    var odds: StoreFault.Odds
    var script: ArraySlice<StoreFault?>
    private(set) var faultCount = 0
    private var generator: SeededGenerator
    /// In the order of their first calls: a dictionary's order is another in every process.
    private var lines: [(line: Line, calls: [Call])] = []
    private var lastNumber: UInt64 = 0

    init(generator: SeededGenerator, odds: StoreFault.Odds, script: [StoreFault?]) {
        self.generator = generator
        self.odds = odds
        self.script = script[...]
    }

    var isEmpty: Bool { self.lines.isEmpty }

    mutating func hold(_ line: Line, _ kind: Kind, _ body: @escaping Body) {
        let fault = self.script.isEmpty ? self.odds.fault(using: &self.generator) : self.script.removeFirst()
        if fault != nil { self.faultCount += 1 }
        self.lastNumber += 1
        let call = Call(number: self.lastNumber, fault: fault, body: body, kind: kind)
        if let index = self.lines.firstIndex(where: { $0.line == line }) {
            self.lines[index].calls.append(call)
        } else {
            self.lines.append((line, [call]))
        }
    }

    /// Something that may happen now, at random.
    mutating func next() -> Step? {
        var options: [(line: Int, call: Int)] = []
        for (line, entry) in self.lines.enumerated() {
            // Changes that others have to wait for: until they are carried out, and until they have succeeded.
            var (isChangeAhead, isSuccessAhead) = (false, false)
            for (index, call) in entry.calls.enumerated() {
                let waitsForChanges = call.kind != .read && call.fault?.isCarriedOut != false
                switch call.stage {
                case .waiting:
                    if !(waitsForChanges && isChangeAhead) { options.append((line, index)) }
                    if waitsForChanges, call.kind == .change { isChangeAhead = true }
                case .underWay:
                    break
                case .carriedOut:
                    if !(call.kind == .change && call.fault == nil && isSuccessAhead) { options.append((line, index)) }
                }
                if call.kind == .change, call.fault == nil { isSuccessAhead = true }
            }
        }
        guard let (line, index) = options.randomElement(using: &self.generator) else { return nil }
        let call = self.lines[line].calls[index]
        guard case .carriedOut(let answer) = call.stage else {
            self.lines[line].calls[index].stage = .underWay
            return .carryOut(call, self.lines[line].line)
        }
        self.lines[line].calls.remove(at: index)
        if self.lines[line].calls.isEmpty { self.lines.remove(at: line) }
        return .answer(answer)
    }

    mutating func carriedOut(_ number: UInt64, in line: Line, _ answer: @escaping Answer) {
        guard
            let line = self.lines.firstIndex(where: { $0.line == line }),
            let index = self.lines[line].calls.firstIndex(where: { $0.number == number })
        else { return }
        self.lines[line].calls[index].stage = .carriedOut(answer)
    }
}
