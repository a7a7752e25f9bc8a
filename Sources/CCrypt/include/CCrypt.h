// Licensed under the MIT licence.
//
// Password hashes as libxcrypt reads them (crypt(5)): bcrypt, scrypt, yescrypt. It is the crypt library of Debian and most
// other Linux distributions; elsewhere every call fails with MARTLET_CRYPT_UNAVAILABLE.

#ifndef MARTLET_C_CRYPT_H
#define MARTLET_C_CRYPT_H

#include <stdbool.h>
#include <stddef.h>

/// The longest hash that is read or written, its terminating NUL included.
#define MARTLET_CRYPT_HASH_SIZE 384

/// This system has no libxcrypt.
#define MARTLET_CRYPT_UNAVAILABLE (-2)
/// The setting is malformed, its method is not supported, or there was no memory for it.
#define MARTLET_CRYPT_FAILED (-1)

/// Hashes a phrase with the method, cost and salt of `setting`, which may be a whole hash.
///
/// Takes as long as the setting's cost says, and blocks for it. May be called on several threads at once. Nothing of the phrase
/// stays in memory that this function used.
///
/// Returns the length of the hash, which is written to `hash` (MARTLET_CRYPT_HASH_SIZE bytes) with a NUL behind it, or one of the
/// values above.
int martlet_crypt(const char *phrase, const char *setting, char *hash);

/// Whether two pieces of memory are the same, in a time that depends on their length alone.
bool martlet_crypt_equal(const void *left, const void *right, size_t length);

#endif
