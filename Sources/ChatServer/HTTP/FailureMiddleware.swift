// Licensed under the MIT licence.

import Chat
import HTTPTypes
import Hummingbird
import Logging

/// Turns every error into a response of the contract's form, on unknown paths too.
struct FailureMiddleware: RouterMiddleware {
    func handle(
        _ request: Request,
        context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let failure as HTTPFailure {
            return failure.response
        } catch let error as ChatError {
            return HTTPFailure(error).response
        } catch let error as HTTPError where error.status == .notFound {
            // The router has one answer for a path that there is not and for a method that the path does not take.
            guard let endpoint = Endpoint(path: request.uri.path) else { return HTTPFailure.notFound.response }
            guard request.method != .options else { return Self.options(endpoint) }
            return HTTPFailure.methodNotAllowed(endpoint.allowedMethods).response
        } catch {
            let metadata = context.key.metadata.merging(["error.type": "\(type(of: error))"]) { $1 }
            context.logger.error("request failed", metadata: metadata)
            return HTTPFailure.internal.response
        }
    }

    private static func options(_ endpoint: Endpoint) -> Response {
        let allowed = endpoint.allowedMethods.map(\.rawValue).joined(separator: ", ")
        return Response(status: .noContent, headers: [.allow: allowed])
    }
}
