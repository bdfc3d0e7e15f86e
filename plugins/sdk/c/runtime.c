// What a compiler takes for granted: the functions of <string.h>, and a product of 128 bits (to check one of 64).

#include <string.h>

#include "internal.h"

// With bulk memory each of these is one instruction, not a call of itself.
void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
    return __builtin_memcpy(to, from, bytes);
}

void *memmove(void *to, const void *from, size_t bytes) {
    return __builtin_memmove(to, from, bytes);
}

void *memset(void *to, int byte, size_t bytes) {
    return __builtin_memset(to, byte, bytes);
}

int memcmp(const void *a, const void *b, size_t bytes) {
    const uint8_t *left = a, *right = b;
    size_t at = 0;
    for (; bytes - at >= 8; at += 8) {
        uint64_t l, r;
        __builtin_memcpy(&l, left + at, 8);
        __builtin_memcpy(&r, right + at, 8);
        if (l != r) {
            break;
        }
    }
    for (; at < bytes; at++) {
        if (left[at] != right[at]) {
            return left[at] < right[at] ? -1 : 1;
        }
    }
    return 0;
}

void *memchr(const void *in, int byte, size_t bytes) {
    size_t at = sluice_find((sluice_str){ in, bytes }, (char) byte);
    return at == SLUICE_NOT_FOUND ? NULL : (char *) in + at;
}

size_t strlen(const char *text) {
    size_t len = 0;
    while (text[len]) {
        len++;
    }
    return len;
}

int strcmp(const char *a, const char *b) {
    return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t most) {
    for (size_t at = 0; at < most; at++) {
        uint8_t left = (uint8_t) a[at], right = (uint8_t) b[at];
        if (left != right) {
            return left < right ? -1 : 1;
        }
        if (left == 0) {
            break;
        }
    }
    return 0;
}

char *strchr(const char *text, int byte) {
    for (;; text++) {
        if (*text == (char) byte) {
            return (char *) text;
        }
        if (*text == 0) {
            return NULL;
        }
    }
}

__int128 __multi3(__int128 a, __int128 b);

__int128 __multi3(__int128 a, __int128 b) {
    uint64_t a_low = (uint64_t) a, b_low = (uint64_t) b;
    uint64_t a0 = (uint32_t) a_low, a1 = a_low >> 32, b0 = (uint32_t) b_low, b1 = b_low >> 32;
    uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
    uint64_t other = a0 * b1 + (uint32_t) middle;
    uint64_t high = a1 * b1 + (middle >> 32) + (other >> 32);
    high += a_low * (uint64_t) ((unsigned __int128) b >> 64) + (uint64_t) ((unsigned __int128) a >> 64) * b_low;
    return (__int128) ((unsigned __int128) high << 64 | (other << 32 | (uint32_t) (a0 * b0)));
}

#pragma clang attribute pop
