// Licensed under the MIT licence.

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The file `.env`: variables, one a line.
///
/// ```
/// # a comment
/// SERVER_PORT=8080
/// export LOG_LEVEL=debug        # a comment too
/// CORS_ORIGINS="https://chat.example"
/// ```
///
/// Values in single quotes are taken as they are; in double quotes `\n`, `\t`, `\"` and `\\` are escapes. Nothing is
/// expanded. Of a variable that comes twice, the last counts.
enum EnvironmentFile {
    /// A file that is longer is none of ours.
    private static let maximumBytes = 1 << 20

    /// The variables of a file; none if there is no file.
    static func load(path: String) throws(StartError) -> [String: String] {
        guard let bytes = try self.read(path) else { return [:] }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw StartError("\(path) is not UTF-8 text; correct it or remove it.")
        }
        return try self.parse(text, path: path)
    }

    static func parse(_ text: String, path: String = ".env") throws(StartError) -> [String: String] {
        var variables: [String: String] = [:]
        let text = text.first == "\u{feff}" ? text.dropFirst() : text[...]
        // A line end of two characters is one `Character`.
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
        for (index, line) in lines.enumerated() {
            var line = line.trimmingSpaces()
            if line.isEmpty || line.first == "#" { continue }
            if line.hasPrefix("export ") { line = line.dropFirst("export ".count).trimmingSpaces() }
            guard
                let equals = line.firstIndex(of: "="),
                let name = self.name(line[..<equals].trimmingSpaces()),
                let value = self.value(line[line.index(after: equals)...].trimmingSpaces())
            else {
                throw StartError("Line \(index + 1) of \(path) does not do: each line is NAME=value or a # comment.")
            }
            variables[name] = value
        }
        return variables
    }

    private static func name(_ text: Substring) -> String? {
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= first) else { return nil }
        let isName = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
            default: false
            }
        }
        return isName ? String(text) : nil
    }

    private static func value(_ text: Substring) -> String? {
        guard let quote = text.first, quote == "\"" || quote == "'" else {
            guard let comment = self.startOfComment(in: text) else { return String(text) }
            return String(text[..<comment].trimmingSpaces())
        }
        var value = ""
        var rest = text.dropFirst()
        while let character = rest.popFirst() {
            if character == quote {
                let rest = rest.trimmingSpaces()
                return rest.isEmpty || rest.first == "#" ? value : nil
            }
            guard character == "\\", quote == "\"" else {
                value.append(character)
                continue
            }
            switch rest.popFirst() {
            case "n": value.append("\n")
            case "t": value.append("\t")
            case .some(let escaped) where escaped == "\"" || escaped == "\\": value.append(escaped)
            case .some(let other): value += "\\\(other)"
            case nil: return nil
            }
        }
        return nil
    }

    /// A `#` at the start or after white space; one within a word, as in a colour or a password, belongs to it.
    private static func startOfComment(in text: Substring) -> Substring.Index? {
        var isAfterSpace = true
        for index in text.indices {
            if text[index] == "#", isAfterSpace { return index }
            isAfterSpace = text[index].isWhitespace
        }
        return nil
    }

    private static func read(_ path: String) throws(StartError) -> [UInt8]? {
        // Without blocking: a pipe of that name must not hold the start up.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if descriptor < 0 {
            if errno == ENOENT { return nil }
            throw self.unreadable(path, errno)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            #if canImport(Darwin)
            let count = Darwin.read(descriptor, &chunk, chunk.count)
            #elseif canImport(Musl)
            let count = Musl.read(descriptor, &chunk, chunk.count)
            #else
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            #endif
            if count < 0 {
                if errno == EINTR { continue }
                throw self.unreadable(path, errno)
            }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= self.maximumBytes else {
                throw StartError("\(path) is too long to be a list of variables.")
            }
        }
    }

    private static func unreadable(_ path: String, _ code: CInt) -> StartError {
        let reason = String(cString: strerror(code))
        return StartError("\(path) is there but cannot be read (\(reason)); make it readable or remove it.")
    }
}
