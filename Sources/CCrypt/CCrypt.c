// Licensed under the MIT licence.

#define _GNU_SOURCE
#include "CCrypt.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__linux__) && __has_include(<crypt.h>)
#include <crypt.h>
#endif

#if defined(XCRYPT_VERSION_NUM)

int martlet_crypt(const char *phrase, const char *setting, char *hash) {
    // 32 KiB: too much for the stack of a worker thread.
    struct crypt_data *data = calloc(1, sizeof *data);
    if (data == NULL) return MARTLET_CRYPT_FAILED;
    int length = MARTLET_CRYPT_FAILED;
    const char *result = crypt_rn(phrase, setting, data, (int)sizeof *data);
    if (result != NULL && result[0] != '*') {
        size_t found = strnlen(result, MARTLET_CRYPT_HASH_SIZE);
        if (found < MARTLET_CRYPT_HASH_SIZE) {
            memcpy(hash, result, found + 1);
            length = (int)found;
        }
    }
    explicit_bzero(data, sizeof *data);
    free(data);
    return length;
}

#else

int martlet_crypt(const char *phrase, const char *setting, char *hash) {
    (void)phrase;
    (void)setting;
    (void)hash;
    return MARTLET_CRYPT_UNAVAILABLE;
}

#endif

bool martlet_crypt_equal(const void *left, const void *right, size_t length) {
    const volatile uint8_t *one = left;
    const volatile uint8_t *other = right;
    // Volatile, so that the compiler cannot end the loop at the first difference.
    volatile uint8_t difference = 0;
    for (size_t index = 0; index < length; index++) difference |= one[index] ^ other[index];
    return difference == 0;
}
