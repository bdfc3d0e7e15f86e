// Memory: an arena at the end of the plugin's data. It is emptied as a whole, between two calls: a plugin must not
// remember anything of a batch, and so need not free anything. What `configure` took stays.
//
// The host puts a call's arguments into it before the call begins, so it cannot be emptied then; nor when the call
// ends, since the host reads the answer from it. It is emptied when the next call takes the first piece of memory.
//
// Every piece has its length before it, for `realloc`.

#include <stdlib.h>

#include "internal.h"

#define PAGE ((size_t) 65536)
#define ALIGNMENT ((size_t) 16)

/// Where the linker says that memory is free.
extern unsigned char __heap_base;

/// From here on memory is free. 0 before the first piece.
static size_t top;
/// What is before it stays.
static size_t kept;
static size_t end;
static bool done;

static size_t aligned(size_t at) {
    return (at + (ALIGNMENT - 1)) & ~(ALIGNMENT - 1);
}

static void grow(size_t to) {
    // A quarter more, so that a batch that grows does not ask for every page; and if that is too much, what it needs.
    size_t pages = (to - end + PAGE - 1) / PAGE;
    size_t more = pages + end / PAGE / 4;
    if (__builtin_wasm_memory_grow(0, more) == SIZE_MAX) {
        if (__builtin_wasm_memory_grow(0, pages) == SIZE_MAX) {
            sluice_panic("out of memory");
        }
    }
    end = __builtin_wasm_memory_size(0) * PAGE;
}

void *sluice_alloc_raw(size_t bytes) {
    if (SLUICE_UNLIKELY(top == 0)) {
        top = kept = aligned((size_t) &__heap_base);
        end = __builtin_wasm_memory_size(0) * PAGE;
    }
    if (SLUICE_UNLIKELY(done)) {
        top = kept;
        done = false;
    }
    size_t at = top + ALIGNMENT;
    // The last block of memory is left alone: no sum of an address and an alignment overflows.
    if (SLUICE_UNLIKELY(bytes > SIZE_MAX - PAGE - at)) {
        sluice_panic("out of memory");
    }
    size_t next = aligned(at + bytes);
    if (SLUICE_UNLIKELY(next > end)) {
        grow(next);
    }
    top = next;
    *(size_t *) (at - ALIGNMENT) = bytes;
    return (void *) at;
}

void *sluice_grow(void *memory, size_t old_bytes, size_t bytes) {
    if (memory && bytes <= old_bytes) {
        return memory;
    }
    size_t at = (size_t) memory;
    if (memory && aligned(at + old_bytes) == top && bytes < SIZE_MAX - PAGE - at) {
        // It is the last piece.
        size_t next = aligned(at + bytes);
        if (next > end) {
            grow(next);
        }
        top = next;
        *(size_t *) (at - ALIGNMENT) = bytes;
        return memory;
    }
    void *moved = sluice_alloc_raw(bytes);
    if (memory) {
        memcpy(moved, memory, old_bytes);
    }
    return moved;
}

void sluice_memory_keep(void) {
    kept = top;
}

void sluice_memory_done(void) {
    done = true;
}

void *sluice_alloc(size_t bytes) {
    return memset(sluice_alloc_raw(bytes), 0, bytes);
}

void *sluice_alloc_items(size_t count, size_t bytes) {
    size_t all;
    if (__builtin_mul_overflow(count, bytes, &all)) {
        sluice_panic("out of memory");
    }
    return sluice_alloc(all);
}

sluice_str sluice_copy(sluice_str text) {
    char *copy = sluice_alloc_raw(text.len);
    memcpy(copy, text.ptr, text.len);
    return (sluice_str){ copy, text.len };
}

void *malloc(size_t bytes) {
    return sluice_alloc_raw(bytes);
}

void *calloc(size_t count, size_t bytes) {
    return sluice_alloc_items(count, bytes);
}

void *realloc(void *memory, size_t bytes) {
    return sluice_grow(memory, memory ? *(size_t *) ((size_t) memory - ALIGNMENT) : 0, bytes);
}

void free(void *memory) {
    // All at once, later.
    (void) memory;
}

_Noreturn void abort(void) {
    __builtin_trap();
}

#pragma clang attribute pop
