// Licensed under the MIT licence.

import Testing

/// Everything that needs real servers, one after the other: they would only be in each other's way.
@Suite(.serialized)
struct LiveTests {}
