// Licensed under the MIT licence.

import SocketIOCore

/// What processes keep of clients that may come back to any of them.
///
/// ```
/// martlet:recovery:{p}              channel: questions to process p, and answers
/// martlet:recovery:{p}:log          stream: its recovery journal; entry `n`-0 is record n
/// martlet:recovery:{p}:state        string: `open`, or `retired` once others read it
/// martlet:recovery:{p}:lease        string: there while the process lives
/// martlet:recovery:{p}:rooms        hash: room → number of the last message that it sent there; empty → offset of its log then
/// martlet:recovery:{p}:moved        hash: private id that p gave out → the process that has the session now, or `-`
/// martlet:recovery:{p}:session:n    string, 10 s: a session for p, which has asked for it under number n
/// ```
extension RedisKeys {
    func recoveryChannel(_ process: LogName) -> String { "\(self.prefix)recovery:{\(process.string)}" }
    func recoveryLog(_ process: LogName) -> String { self.recoveryChannel(process) + ":log" }
    func recoveryState(_ process: LogName) -> String { self.recoveryChannel(process) + ":state" }
    func recoveryLease(_ process: LogName) -> String { self.recoveryChannel(process) + ":lease" }
    func recoveryRooms(_ process: LogName) -> String { self.recoveryChannel(process) + ":rooms" }
    func recoveryMoved(_ process: LogName) -> String { self.recoveryChannel(process) + ":moved" }
    func recoverySession(_ number: UInt64, for process: LogName) -> String {
        "\(self.recoveryChannel(process)):session:\(number)"
    }
}
