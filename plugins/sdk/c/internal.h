// What the files of the SDK share, and an author has no use for.
#ifndef SLUICE_INTERNAL_H
#define SLUICE_INTERNAL_H

#include "sluice.h"

// A plugin may be compiled with checks for undefined behaviour, which are for its author's code: what is in here was
// tested with them, and wraps around where it says so.
#pragma clang attribute push(__attribute__((no_sanitize("undefined"))), apply_to = function)

#define SLUICE_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define SLUICE_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

// -- memory.c

/// Memory that is not zeroed.
void *sluice_alloc_raw(size_t bytes);
/// More of it: in place where it is the last that was taken.
void *sluice_grow(void *memory, size_t old_bytes, size_t bytes);
/// What was taken so far is never given back.
void sluice_memory_keep(void);
/// What is taken from now on is the next call's: all that was taken since `sluice_memory_keep` goes.
void sluice_memory_done(void);

// -- text.c

/// Makes room for `more` bytes.
void sluice_builder_reserve(sluice_builder *builder, size_t more);
/// Adds bytes without telling a column. Most values are a few bytes long, and an instruction that copies any number of
/// bytes costs more than they do: so they are copied in blocks of fixed size, which are plain loads and stores. The
/// last block overlaps the one before it.
static inline __attribute__((always_inline)) void sluice_builder_push(sluice_builder *builder, const char *from,
                                                                      size_t len) {
    if (SLUICE_UNLIKELY(len > builder->capacity - builder->len)) {
        sluice_builder_reserve(builder, len);
    }
    char *to = builder->ptr + builder->len;
    builder->len += len;
    if (len > 64) {
        __builtin_memcpy(to, from, len);
    } else if (len >= 16) {
        for (size_t at = 0; at + 16 < len; at += 16) {
            __builtin_memcpy(to + at, from + at, 16);
        }
        __builtin_memcpy(to + len - 16, from + len - 16, 16);
    } else if (len >= 8) {
        uint64_t first, last;
        __builtin_memcpy(&first, from, 8);
        __builtin_memcpy(&last, from + len - 8, 8);
        __builtin_memcpy(to, &first, 8);
        __builtin_memcpy(to + len - 8, &last, 8);
    } else if (len >= 4) {
        uint32_t first, last;
        __builtin_memcpy(&first, from, 4);
        __builtin_memcpy(&last, from + len - 4, 4);
        __builtin_memcpy(to, &first, 4);
        __builtin_memcpy(to + len - 4, &last, 4);
    } else if (len > 0) {
        to[0] = from[0];
        to[len / 2] = from[len / 2];
        to[len - 1] = from[len - 1];
    }
}
void sluice_add_format_list(sluice_builder *builder, const char *format, va_list arguments);

// -- config.c

struct sluice_config {
    const transformer_tuple2_string_string_t *entries;
    size_t len;
    bool refused;
    sluice_failure_t failure;
};

// -- fields.c

/// Finds the column of `schema` for each of the plugin's fields: by its exact name, then by a name that differs in case
/// and punctuation, then by its aliases in order. No column serves two fields.
void sluice_find_columns(const sluice_field_t *schema, size_t len, size_t *found);
/// A field as the contract has it.
sluice_field_t sluice_describe_field(const sluice_field *field);

// -- columns.c

/// How values lie in memory.
typedef enum sluice_kind {
    /// Input: the object has no such column. Output: not part of it.
    SLUICE_KIND_NONE,
    SLUICE_KIND_BYTES,
    SLUICE_KIND_INTEGERS,
    SLUICE_KIND_FLOATS,
    SLUICE_KIND_BOOLEANS,
} sluice_kind;

/// The input column of a field.
typedef struct sluice_input {
    sluice_kind kind;
    /// Text: where each value ends in `values`, with a 0 before the first.
    const uint32_t *offsets;
    const void *values;
    /// NULL where no row is null.
    const uint8_t *validity;
} sluice_input;

/// The output column of a field while rows are being cleaned. Its last row may be the current one, which is taken back
/// where that row is dropped.
typedef struct sluice_out {
    sluice_kind kind;
    /// Output rows that are in it.
    uint32_t rows;
    /// Output rows that there is room for; 0 before the first.
    uint32_t capacity;
    uint32_t *offsets;
    sluice_builder text;
    void *values;
    /// NULL before the first null.
    uint8_t *validity;
} sluice_out;

/// Which input row every output row comes from. Costs nothing while output rows are input rows in order.
typedef struct sluice_origins {
    uint32_t count;
    uint32_t capacity;
    /// NULL while they are.
    uint32_t *rows;
} sluice_origins;

struct sluice_row {
    /// By field.
    const sluice_input *inputs;
    sluice_out *outputs;
    size_t fields;
    sluice_origins origins;
    const sluice_origin_t *origin;
    uint32_t batch_rows;
    /// The row of the batch.
    uint32_t at;
    /// Output rows before this row's.
    uint32_t start;
    sluice_finding_t *findings;
    uint32_t findings_len, findings_capacity;
    uint32_t *rejected;
    uint32_t rejected_len, rejected_capacity;
    /// Rejected rows that are output rows too, the first of `rejected`: that was no harm until a row was dropped or
    /// emitted.
    uint32_t phantoms;
};

static inline bool sluice_is_valid(const uint8_t *validity, uint32_t row) {
    return !validity || (validity[row / 8] >> (row % 8) & 1);
}

/// How a type lies in memory on the way out.
sluice_kind sluice_kind_of(const char *type);
/// Borrows the column of a field; false where the host sent what is no column of the contract, or not text.
bool sluice_borrow(const sluice_field *field, const sluice_batch_t *batch, size_t column, sluice_input *input,
                   sluice_failure_t *failure);
/// Adds the rows that went by without setting the column, and makes room for one more.
void sluice_catch_up(sluice_row *row, size_t field);
/// Ends the current row's value as a null.
void sluice_push_null(sluice_out *out);
/// Takes back all rows but the first `rows`.
void sluice_truncate(sluice_out *out, uint32_t rows);
/// The column as the contract has it. `column` is the input column's, or `SLUICE_NOT_FOUND`.
sluice_out_column_t sluice_finish(sluice_row *row, size_t field, size_t column);
/// Takes rows (ascending) out of a finished column.
void sluice_leave_out(sluice_column_t *column, uint32_t rows, const uint32_t *left_out, uint32_t count);
/// Room for one more of `bytes` each.
void *sluice_room(void *items, uint32_t len, uint32_t *capacity, size_t bytes);

// -- row.c

/// Cleans the rows of a batch.
void sluice_clean_rows(sluice_row *row);

#endif
