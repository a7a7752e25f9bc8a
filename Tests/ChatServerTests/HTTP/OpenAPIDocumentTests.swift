// Licensed under the MIT licence.

import HTTPTypes
import NIOCore
import Testing
import WireJSON

@testable import ChatServer

@Suite struct OpenAPIDocumentTests {
    @Test(arguments: [true, false])
    func describesEveryEndpointAndNoOther(takesKeys: Bool) throws {
        let document = try JSONValue(validating: OpenAPIDocument.json(takesKeys: takesKeys))
        #expect(document.member("openapi")?.stringValue == "3.1.0")
        let paths = try #require(document.member("paths"))
        #expect(Set(paths.members.compactMap(\.key.stringValue)) == Set(Endpoint.allCases.map(\.rawValue)))
        for endpoint in Endpoint.allCases {
            let path = try #require(paths.member(endpoint.rawValue))
            let methods = path.members.compactMap(\.key.stringValue).filter { $0 != "parameters" }
            #expect(methods == [endpoint.method.rawValue.lowercased()])
            let operation = try #require(path.member(endpoint.method.rawValue.lowercased()))
            #expect(operation.member("responses")?.member("200") != nil)
            #expect((operation.member("responses")?.member("401") != nil) == endpoint.takesKey)
            #expect((operation.member("security")?.elements.isEmptySequence == true) == !endpoint.takesKey)
        }
    }

    @Test func keysAreOptionalOnlyWhereThereAreNone() throws {
        for takesKeys in [true, false] {
            let document = try JSONValue(validating: OpenAPIDocument.json(takesKeys: takesKeys))
            let alternatives = try #require(document.member("security")).elements.map {
                $0.members.compactMap(\.key.stringValue)
            }
            #expect(alternatives == [["bearer"], ["apiKey"]] + (takesKeys ? [] : [[]]))
        }
    }

    @Test func everyReferenceLeadsSomewhere() throws {
        let document = try JSONValue(validating: OpenAPIDocument.json(takesKeys: true))
        let references = document.references
        #expect(references.count > 20)
        for reference in references { #expect(document.leadsSomewhere(reference), "\(reference)") }
    }

    @Test func everyComponentIsReferredTo() throws {
        let document = try JSONValue(validating: OpenAPIDocument.json(takesKeys: true))
        let references = Set(document.references)
        for kind in ["responses", "parameters", "schemas"] {
            let components = try #require(document.member("components")?.member(kind))
            for name in components.members.compactMap(\.key.stringValue) {
                #expect(references.contains("#/components/\(kind)/\(name)"), "\(name)")
            }
        }
    }

    /// Rates are for sockets alone.
    @Test(arguments: Endpoint.allCases)
    func promisesNoRates(endpoint: Endpoint) throws {
        let document = try JSONValue(validating: OpenAPIDocument.json(takesKeys: true))
        let path = try #require(document.member("paths")?.member(endpoint.rawValue))
        let responses = path.member(endpoint.method.rawValue.lowercased())?.member("responses")
        #expect(responses?.member("200") != nil)
        #expect(responses?.member("429") == nil)
    }

    @Test func isServed() async throws {
        let answer = try await API()(.get, "/openapi.json")
        #expect(answer.status == 200)
        #expect(answer.json?.member("info")?.member("title")?.stringValue == "Martlet")
    }
}

extension Sequence {
    fileprivate var isEmptySequence: Bool { self.first { _ in true } == nil }
}
