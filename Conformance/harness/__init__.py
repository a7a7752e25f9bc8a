# Licensed under the MIT licence.
"""A client small enough to trust: every byte that the tests send or expect is written out in them."""

import asyncio

#: How long a test waits for something that should happen at once.
PROMPT_SECONDS = 5.0
#: How long a server may take to give up on a peer that stalls (slow header, slow body, half-sent message, unfinished upgrade).
STALL_SECONDS = 15.0
#: `maxPayload` of both servers, in bytes.
MAX_PAYLOAD = 1_000_000
#: The conformance server's connect timeout.
CONNECT_TIMEOUT_SECONDS = 1.0


async def within(seconds, awaitable):
    """Awaits with a deadline, and fails the test (not with a bare TimeoutError) when it passes."""
    try:
        return await asyncio.wait_for(awaitable, seconds)
    except (TimeoutError, asyncio.TimeoutError):
        raise AssertionError(f"nothing happened within {seconds} s") from None
