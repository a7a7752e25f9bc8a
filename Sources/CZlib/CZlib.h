// Licensed under the MIT licence.
//
// zlib as the system has it (Debian: zlib1g-dev), for permessage-deflate and for compressed answers to polls.

#ifndef MARTLET_C_ZLIB_H
#define MARTLET_C_ZLIB_H

#include <zlib.h>

#endif
