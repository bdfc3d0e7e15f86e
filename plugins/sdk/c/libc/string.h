// What there is of <string.h>: enough for wit-bindgen's output, for what a compiler calls of its own accord, and for
// habits. Text of a row has no zero at its end: `sluice_str` and its functions are for that.
#ifndef SLUICE_STRING_H
#define SLUICE_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int byte, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
void *memchr(const void *in, int byte, size_t bytes);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t most);
char *strchr(const char *text, int byte);

#endif
