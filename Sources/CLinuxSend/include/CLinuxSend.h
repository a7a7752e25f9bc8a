// Licensed under the MIT licence.
//
// Sending on sockets with as few system calls as possible: a plain non-blocking send, and io_uring batches through raw system
// calls (io_uring_setup(2), io_uring_enter(2)), since no library for it is among the project's packages.

#ifndef C_LINUX_SEND_H
#define C_LINUX_SEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct martlet_ring martlet_ring;

/// How many sends a ring of the server takes at once.
#define MARTLET_RING_ENTRIES 1024

/// Sends without blocking and without SIGPIPE. Returns the bytes taken, 0 when the socket is full, -1 when it is broken.
ptrdiff_t martlet_send(int descriptor, const void *bytes, size_t length);

/// Whether this kernel (and its sandbox) lets us make rings that can send.
bool martlet_ring_is_available(void);

/// A ring for up to `entries` sends at once, or NULL.
martlet_ring *martlet_ring_create(uint32_t entries);
void martlet_ring_destroy(martlet_ring *ring);

/// Queues one send. Returns false when the ring is full: submit first. `bytes` must stay valid until martlet_ring_submit returned.
bool martlet_ring_prepare_send(martlet_ring *ring, int descriptor, const void *bytes, size_t length, uint64_t tag);

/// Hands all queued sends to the kernel; none of them blocks, so each that it took has its result then. Returns false when it did
/// not take all of them: those are still in the ring, which must be destroyed.
bool martlet_ring_submit(martlet_ring *ring);

/// Takes one result: the send's tag, and what martlet_send would have returned. Returns false when there is none.
bool martlet_ring_next_completion(martlet_ring *ring, uint64_t *tag, ptrdiff_t *result);

#endif
