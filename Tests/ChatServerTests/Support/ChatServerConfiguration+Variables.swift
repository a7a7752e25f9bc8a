// Licensed under the MIT licence.

import Configuration

@testable import ChatServer

extension ChatServerConfiguration {
    /// As if these variables were set, over those of a file.
    init(variables: [String: String], file: [String: String] = [:]) throws(StartError) {
        try self.init(
            reading: ConfigReader(providers: [
                EnvironmentVariablesProvider(environmentVariables: variables),
                EnvironmentVariablesProvider(environmentVariables: file),
            ])
        )
    }
}
