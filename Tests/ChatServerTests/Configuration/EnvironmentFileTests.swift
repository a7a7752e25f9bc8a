// Licensed under the MIT licence.

import Testing

@testable import ChatServer

@Suite struct EnvironmentFileTests {
    @Test(arguments: [
        ("", [:]), ("\n\n", [:]), ("# SERVER_PORT=1\n", [:]), ("A=1", ["A": "1"]),
        ("A=1\r\nB=2\r\n", ["A": "1", "B": "2"]),
        ("\u{feff}A=1\n", ["A": "1"]), (" A = 1 ", ["A": "1"]), ("A=", ["A": ""]), ("A=1\nA=2", ["A": "2"]),
        ("export A=1", ["A": "1"]), ("A=b=c", ["A": "b=c"]), ("A=1 # one", ["A": "1"]), ("A=p#1", ["A": "p#1"]),
        ("A=# none", ["A": ""]), ("A=\"1 # one\"", ["A": "1 # one"]), ("A=\" \" # blank", ["A": " "]),
        (#"A="say \"hi\"\n\\ \x""#, ["A": "say \"hi\"\n\\ \\x"]), (#"A='\n $B'"#, ["A": #"\n $B"#]),
        ("A_1=x", ["A_1": "x"]),
        ("A=ü✨", ["A": "ü✨"]),
    ])
    func linesThatDo(text: String, variables: [String: String]) throws {
        #expect(try EnvironmentFile.parse(text) == variables)
    }

    @Test(arguments: [
        ("A", 1), ("\n\n=1", 3), ("1A=1", 1), ("A B=1", 1), ("A-B=1", 1), ("A=\"1", 1), ("A='1\n'", 1),
        ("A=\"1\" 2", 1),
        ("A=1\r\nB\r\n", 2), (#"A="\"#, 1), ("Ä=1", 1),
    ])
    func linesThatDoNot(text: String, number: Int) {
        let error = #expect(throws: StartError.self) { try EnvironmentFile.parse(text) }
        #expect(error?.line.hasPrefix("Line \(number) of .env ") == true, "\(String(describing: error))")
    }

    @Test func aFileThatIsNotThereIsEmpty() throws {
        #expect(try EnvironmentFile.load(path: "/nowhere/.env") == [:])
    }

    @Test func aFolderIsNoFile() {
        let error = #expect(throws: StartError.self) { try EnvironmentFile.load(path: "/") }
        #expect(error?.line.contains("cannot be read") == true)
    }
}
