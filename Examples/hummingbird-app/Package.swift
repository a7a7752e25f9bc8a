// swift-tools-version:6.2

import PackageDescription

let package = Package(
    name: "orders",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "martlet", path: "../.."),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0"),
    ],
    targets: [
        .executableTarget(
            name: "orders",
            dependencies: [
                .product(name: "SocketIOHummingbird", package: "martlet"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ]
        )
    ]
)
