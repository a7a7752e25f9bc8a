// Licensed under the MIT licence.

import ChatStores

/// What commands that work on the store's files need of the configuration.
struct StoreSettings {
    let options: SQLiteStoreOptions

    /// - Throws: If the configuration has a store without files.
    init(_ configuration: ChatServerConfiguration) throws(StartError) {
        let storage = configuration.storage
        guard storage.kind == .sqlite else {
            throw StartError("STORE is \(storage.kind.rawValue), which has no files; this command needs STORE=sqlite.")
        }
        var options = SQLiteStoreOptions(directory: storage.dataDirectory)
        options.retention = storage.retention
        options.synchronization = storage.synchronization
        self.options = options
    }
}
