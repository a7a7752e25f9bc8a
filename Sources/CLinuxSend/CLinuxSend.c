// Licensed under the MIT licence.

#define _GNU_SOURCE
#include "CLinuxSend.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

// What a finished send means to the caller: a full socket takes nothing, any other error means that it is broken.
static ptrdiff_t taken(ptrdiff_t result) {
    if (result >= 0) return result;
    if (result == -EAGAIN || result == -EWOULDBLOCK || result == -EINTR || result == -ENOBUFS || result == -ENOMEM) return 0;
    return -1;
}

ptrdiff_t martlet_send(int descriptor, const void *bytes, size_t length) {
    ssize_t sent;
    do {
        sent = send(descriptor, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return taken(sent < 0 ? -errno : sent);
}

#if defined(__linux__)

#include <linux/io_uring.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct martlet_ring {
    int descriptor;
    unsigned entries;
    unsigned queued;
    void *rings;
    size_t rings_size;
    struct io_uring_sqe *sqes;
    size_t sqes_size;
    _Atomic unsigned *sq_tail;
    unsigned *sq_array;
    unsigned sq_mask;
    _Atomic unsigned *cq_head;
    _Atomic unsigned *cq_tail;
    unsigned cq_mask;
    struct io_uring_cqe *cqes;
};

static int ring_enter(int descriptor, unsigned submit, unsigned complete) {
    int result;
    do {
        result = (int)syscall(__NR_io_uring_enter, descriptor, submit, complete, IORING_ENTER_GETEVENTS, NULL, 0);
    } while (result < 0 && errno == EINTR);
    return result;
}

martlet_ring *martlet_ring_create(uint32_t entries) {
    struct io_uring_params params;
    memset(&params, 0, sizeof params);
    int descriptor = (int)syscall(__NR_io_uring_setup, entries, &params);
    if (descriptor < 0) return NULL;
    martlet_ring *ring = calloc(1, sizeof *ring);
    if (ring == NULL || !(params.features & IORING_FEAT_SINGLE_MMAP)) {
        free(ring);
        close(descriptor);
        return NULL;
    }
    size_t sq_size = params.sq_off.array + params.sq_entries * sizeof(unsigned);
    size_t cq_size = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
    ring->descriptor = descriptor;
    ring->entries = params.sq_entries;
    ring->rings_size = sq_size > cq_size ? sq_size : cq_size;
    ring->sqes_size = params.sq_entries * sizeof(struct io_uring_sqe);
    ring->rings = mmap(NULL, ring->rings_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, IORING_OFF_SQ_RING);
    ring->sqes = mmap(NULL, ring->sqes_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, IORING_OFF_SQES);
    if (ring->rings == MAP_FAILED || ring->sqes == MAP_FAILED) {
        if (ring->rings != MAP_FAILED) munmap(ring->rings, ring->rings_size);
        if (ring->sqes != MAP_FAILED) munmap(ring->sqes, ring->sqes_size);
        free(ring);
        close(descriptor);
        return NULL;
    }
    char *base = ring->rings;
    ring->sq_tail = (_Atomic unsigned *)(base + params.sq_off.tail);
    ring->sq_array = (unsigned *)(base + params.sq_off.array);
    ring->sq_mask = *(unsigned *)(base + params.sq_off.ring_mask);
    ring->cq_head = (_Atomic unsigned *)(base + params.cq_off.head);
    ring->cq_tail = (_Atomic unsigned *)(base + params.cq_off.tail);
    ring->cq_mask = *(unsigned *)(base + params.cq_off.ring_mask);
    ring->cqes = (struct io_uring_cqe *)(base + params.cq_off.cqes);
    return ring;
}

void martlet_ring_destroy(martlet_ring *ring) {
    munmap(ring->rings, ring->rings_size);
    munmap(ring->sqes, ring->sqes_size);
    close(ring->descriptor);
    free(ring);
}

bool martlet_ring_prepare_send(martlet_ring *ring, int descriptor, const void *bytes, size_t length, uint64_t tag) {
    if (ring->queued == ring->entries) return false;
    unsigned tail = atomic_load_explicit(ring->sq_tail, memory_order_relaxed);
    unsigned place = tail & ring->sq_mask;
    struct io_uring_sqe *sqe = &ring->sqes[place];
    memset(sqe, 0, sizeof *sqe);
    sqe->opcode = IORING_OP_SEND;
    sqe->fd = descriptor;
    sqe->addr = (uint64_t)(uintptr_t)bytes;
    sqe->len = length > UINT32_MAX ? UINT32_MAX : (uint32_t)length;
    sqe->msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    sqe->user_data = tag;
    ring->sq_array[place] = place;
    atomic_store_explicit(ring->sq_tail, tail + 1, memory_order_release);
    ring->queued += 1;
    return true;
}

bool martlet_ring_submit(martlet_ring *ring) {
    unsigned pending = ring->queued;
    ring->queued = 0;
    while (pending > 0) {
        int taken_by_kernel = ring_enter(ring->descriptor, pending, pending);
        if (taken_by_kernel <= 0) return false;
        pending -= (unsigned)taken_by_kernel;
    }
    return true;
}

bool martlet_ring_next_completion(martlet_ring *ring, uint64_t *tag, ptrdiff_t *result) {
    unsigned head = atomic_load_explicit(ring->cq_head, memory_order_relaxed);
    if (head == atomic_load_explicit(ring->cq_tail, memory_order_acquire)) return false;
    struct io_uring_cqe *cqe = &ring->cqes[head & ring->cq_mask];
    *tag = cqe->user_data;
    *result = taken(cqe->res);
    atomic_store_explicit(ring->cq_head, head + 1, memory_order_release);
    return true;
}

bool martlet_ring_is_available(void) {
    // A ring that can be made can still be forbidden to send (a sandbox's rules): try one.
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) return false;
    martlet_ring *ring = martlet_ring_create(MARTLET_RING_ENTRIES);
    uint64_t tag = 0;
    ptrdiff_t result = -1;
    bool works = ring != NULL && martlet_ring_prepare_send(ring, pair[0], "x", 1, 7) && martlet_ring_submit(ring) &&
                 martlet_ring_next_completion(ring, &tag, &result) && tag == 7 && result == 1;
    if (ring != NULL) martlet_ring_destroy(ring);
    close(pair[0]);
    close(pair[1]);
    return works;
}

#else

martlet_ring *martlet_ring_create(uint32_t entries) { (void)entries; return NULL; }
void martlet_ring_destroy(martlet_ring *ring) { (void)ring; }
bool martlet_ring_prepare_send(martlet_ring *ring, int descriptor, const void *bytes, size_t length, uint64_t tag) {
    (void)ring; (void)descriptor; (void)bytes; (void)length; (void)tag;
    return false;
}
bool martlet_ring_submit(martlet_ring *ring) { (void)ring; return false; }
bool martlet_ring_next_completion(martlet_ring *ring, uint64_t *tag, ptrdiff_t *result) {
    (void)ring; (void)tag; (void)result;
    return false;
}
bool martlet_ring_is_available(void) { return false; }

#endif
