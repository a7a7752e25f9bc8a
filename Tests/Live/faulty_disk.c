// Licensed under the MIT licence.
//
// A disk that fails when it is told to. Put into a process with LD_PRELOAD, it stands between the process and libc: calls on files below
// FAULTY_DIRECTORY fail as the file FAULTY_CONTROL says, two words: which calls ("write", "nothing" for writes of no bytes, or "sync") and with which errno. With the word
// "hang" in it, whatever changes files or waits for the disk does not come back before the file says something else. Without that file the disk is well.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int is_below(const char *path) {
    const char *directory = getenv("FAULTY_DIRECTORY");
    return directory != NULL && strncmp(path, directory, strlen(directory)) == 0;
}

static int is_ours(int descriptor) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t count = readlink(link, path, sizeof path - 1);
    if (count < 0) return 0;
    path[count] = 0;
    return is_below(path);
}

// What the control file says.
static int told(char *text, size_t size) {
    const char *control = getenv("FAULTY_CONTROL");
    if (control == NULL) return 0;
    int saved = errno;
    int descriptor = (int)syscall(SYS_openat, AT_FDCWD, control, O_RDONLY | O_CLOEXEC, 0);
    ssize_t count = 0;
    if (descriptor >= 0) {
        count = syscall(SYS_read, descriptor, text, size - 1);
        syscall(SYS_close, descriptor);
    }
    errno = saved;
    if (count <= 0) return 0;
    text[count] = 0;
    return 1;
}

// Comes back once the disk does not hang.
static void wait_for_disk(void) {
    char text[64];
    int saved = errno;
    while (told(text, sizeof text) && strncmp(text, "hang", 4) == 0) {
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    errno = saved;
}

// The errno that calls of this sort fail with now; 0 if they do not.
static int fault(const char *sort) {
    char text[64];
    if (!told(text, sizeof text) || strncmp(text, sort, strlen(sort)) != 0) return 0;
    if (strstr(text, "EROFS") != NULL) return EROFS;
    return EIO;
}

static int fails(int descriptor, const char *sort) {
    int saved = errno;
    int code = 0;
    if (is_ours(descriptor)) {
        wait_for_disk();
        code = fault(sort);
    }
    errno = code != 0 ? code : saved;
    return code != 0;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    if (fails(descriptor, "write")) return -1;
    return syscall(SYS_write, descriptor, bytes, count);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    if (fails(descriptor, "write")) return -1;
    if (count == 0 && fails(descriptor, "nothing")) return -1;
    return syscall(SYS_pwrite64, descriptor, bytes, count, offset);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    return pwrite64(descriptor, bytes, count, offset);
}

int ftruncate64(int descriptor, off64_t length) {
    if (fails(descriptor, "write")) return -1;
    return (int)syscall(SYS_ftruncate, descriptor, length);
}

int ftruncate(int descriptor, off_t length) { return ftruncate64(descriptor, length); }

int fsync(int descriptor) {
    if (fails(descriptor, "sync")) return -1;
    return (int)syscall(SYS_fsync, descriptor);
}

int fdatasync(int descriptor) {
    if (fails(descriptor, "sync")) return -1;
    return (int)syscall(SYS_fdatasync, descriptor);
}

// A file system that may only be read has no file opened to be written.
int open64(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = va_arg(arguments, mode_t);
    va_end(arguments);
    if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0 && is_below(path)) {
        wait_for_disk();
        if (fault("write") == EROFS) {
            errno = EROFS;
            return -1;
        }
    }
    return REAL(open64)(path, flags, mode);
}

int unlink(const char *path) {
    if (is_below(path)) wait_for_disk();
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}
