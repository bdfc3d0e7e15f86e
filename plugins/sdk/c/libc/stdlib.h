// What there is of <stdlib.h>: memory and the end. Memory comes from an arena that is emptied when a batch is done, so
// that `free` has little to do. `malloc` never answers with NULL: out of memory ends the call.
#ifndef SLUICE_STDLIB_H
#define SLUICE_STDLIB_H

#include <stddef.h>

void *malloc(size_t bytes);
void *calloc(size_t count, size_t bytes);
void *realloc(void *memory, size_t bytes);
void free(void *memory);
_Noreturn void abort(void);

static inline int abs(int value) {
    return value < 0 ? -value : value;
}

#endif
