// The columns of a batch while its rows are being cleaned.
//
// Nothing is copied for a value that stays as it was. An output column catches up with the rows that have gone by when
// one of them differs: then the rows in between are copied from the input in runs. A text column in which no row
// differs is handed back as `keep`.

#include "internal.h"

sluice_kind sluice_kind_of(const char *type) {
    sluice_str logical = sluice_from(type);
    if (sluice_equal(logical, SLUICE_INTEGER) || sluice_equal(logical, SLUICE_TIMESTAMP) ||
        sluice_equal(logical, SLUICE_DATE)) {
        return SLUICE_KIND_INTEGERS;
    }
    if (sluice_equal(logical, SLUICE_FLOAT)) {
        return SLUICE_KIND_FLOATS;
    }
    return sluice_equal(logical, SLUICE_BOOLEAN) ? SLUICE_KIND_BOOLEANS : SLUICE_KIND_BYTES;
}

static bool fail(sluice_failure_t *failure, sluice_str code, sluice_str message) {
    failure->code = sluice_string(code);
    failure->message = sluice_string(message);
    return false;
}

bool sluice_borrow(const sluice_field *field, const sluice_batch_t *batch, size_t column, sluice_input *input,
                   sluice_failure_t *failure) {
    *input = (sluice_input){ 0 };
    if (column >= batch->columns.len) {
        return true;
    }
    const sluice_column_t *from = &batch->columns.ptr[column];
    size_t rows = batch->rows;
    bool whole = from->validity.len == 0 || from->validity.len >= (rows + 7) / 8;
    input->validity = from->validity.len > 0 ? from->validity.ptr : NULL;
    if (from->values.tag == SLUICE_VALUES_BYTES) {
        const sluice_bytes_column_t *bytes = &from->values.val.bytes;
        const uint32_t *offsets = bytes->offsets.ptr;
        whole &= bytes->offsets.len == rows + 1;
        if (whole) {
            // All at once, which is cheap, so that no getter needs to look.
            bool falls = false;
            for (size_t i = 0; i < rows; i++) {
                falls |= offsets[i] > offsets[i + 1];
            }
            whole = !falls && offsets[rows] <= bytes->data.len;
        }
        input->kind = SLUICE_KIND_BYTES;
        input->offsets = offsets;
        input->values = bytes->data.ptr;
    } else if (sluice_kind_of(field->type) == SLUICE_KIND_BYTES) {
        return fail(failure, SLUICE_STR("not_text"),
                    sluice_format("column `%s` is declared as text, and comes in as numbers", field->name));
    } else if (from->values.tag == SLUICE_VALUES_INTEGERS) {
        input->kind = SLUICE_KIND_INTEGERS;
        input->values = from->values.val.integers.ptr;
        whole &= from->values.val.integers.len == rows;
    } else if (from->values.tag == SLUICE_VALUES_FLOATS) {
        input->kind = SLUICE_KIND_FLOATS;
        input->values = from->values.val.floats.ptr;
        whole &= from->values.val.floats.len == rows;
    } else {
        input->kind = SLUICE_KIND_BOOLEANS;
        input->values = from->values.val.booleans.ptr;
        whole &= from->values.val.booleans.len == rows;
    }
    if (!whole) {
        return fail(failure, SLUICE_STR("bad_batch"),
                    SLUICE_STR("the host sent a column that is not as the contract has it"));
    }
    return true;
}

static size_t width(sluice_kind kind) {
    return kind == SLUICE_KIND_BOOLEANS ? 1 : 8;
}

static size_t bitmap_bytes(uint32_t rows) {
    return (size_t) rows / 8 + 1;
}

/// Makes room for `rows` rows.
static void reserve(sluice_row *row, size_t field, uint32_t rows) {
    sluice_out *out = &row->outputs[field];
    if (rows <= out->capacity) {
        return;
    }
    uint32_t old = out->capacity;
    uint32_t capacity = old == 0 ? row->batch_rows : old * 2;
    capacity = capacity < rows ? rows : capacity;
    if (out->kind == SLUICE_KIND_BYTES) {
        out->offsets = sluice_grow(out->offsets, old ? (old + 1) * sizeof(uint32_t) : 0,
                                   ((size_t) capacity + 1) * sizeof(uint32_t));
        if (old == 0) {
            out->offsets[0] = 0;
            const sluice_input *input = &row->inputs[field];
            size_t came_in =
                input->kind == SLUICE_KIND_BYTES ? input->offsets[row->batch_rows] : 8 * (size_t) row->batch_rows;
            sluice_builder_reserve(&out->text, came_in + came_in / 8 + 64);
        }
    } else {
        out->values = sluice_grow(out->values, old * width(out->kind), capacity * width(out->kind));
    }
    if (out->validity) {
        out->validity = sluice_grow(out->validity, bitmap_bytes(old), bitmap_bytes(capacity));
    }
    out->capacity = capacity;
}

/// Says of rows `from` to `to` that they are null. There is no bitmap until the first is.
static void add_nulls(sluice_out *out, uint32_t from, uint32_t to) {
    if (!out->validity) {
        out->validity = sluice_alloc_raw(bitmap_bytes(out->capacity));
        memset(out->validity, 0xff, bitmap_bytes(from));
    }
    for (; from < to; from++) {
        out->validity[from / 8] &= (uint8_t) ~(1u << (from % 8));
    }
}

void sluice_push_null(sluice_out *out) {
    add_nulls(out, out->rows, out->rows + 1);
    out->rows++;
}

static void add_valid(sluice_out *out, uint32_t from, uint32_t to) {
    for (; out->validity && from < to; from++) {
        out->validity[from / 8] |= (uint8_t) (1u << (from % 8));
    }
}

/// Adds output rows `at` and on as rows `first` to `last` of the input came in.
static void copy_run(sluice_out *out, const sluice_input *input, uint32_t at, uint32_t first, uint32_t last) {
    uint32_t from = input->offsets[first];
    uint32_t shift = (uint32_t) out->text.len - from;
    sluice_builder_push(&out->text, (const char *) input->values + from, input->offsets[last] - from);
    for (uint32_t i = first; i < last; i++) {
        out->offsets[at + 1 + (i - first)] = input->offsets[i + 1] + shift;
    }
    if (!input->validity) {
        add_valid(out, at, at + (last - first));
        return;
    }
    for (uint32_t i = first; i < last; i++, at++) {
        if (sluice_is_valid(input->validity, i)) {
            add_valid(out, at, at + 1);
        } else {
            add_nulls(out, at, at + 1);
        }
    }
}

__attribute__((noinline)) void sluice_catch_up(sluice_row *row, size_t field) {
    sluice_out *out = &row->outputs[field];
    const sluice_input *input = &row->inputs[field];
    const sluice_origins *origins = &row->origins;
    sluice_truncate(out, origins->count);
    reserve(row, field, origins->count + 1);
    uint32_t at = out->rows, end = origins->count;
    if (at == end) {
        return;
    }
    out->rows = end;
    if (out->kind == SLUICE_KIND_BYTES && input->kind == SLUICE_KIND_BYTES) {
        if (!origins->rows) {
            copy_run(out, input, at, at, end);
            return;
        }
        while (at < end) {
            uint32_t len = 1;
            while (at + len < end && origins->rows[at + len] == origins->rows[at] + len) {
                len++;
            }
            copy_run(out, input, at, origins->rows[at], origins->rows[at] + len);
            at += len;
        }
        return;
    }
    if (out->kind == SLUICE_KIND_BYTES) {
        for (uint32_t i = at; i < end; i++) {
            out->offsets[i + 1] = (uint32_t) out->text.len;
        }
    } else {
        memset((uint8_t *) out->values + at * width(out->kind), 0, (end - at) * width(out->kind));
    }
    add_nulls(out, at, end);
}

void sluice_truncate(sluice_out *out, uint32_t rows) {
    if (out->rows > rows) {
        out->rows = rows;
        if (out->kind == SLUICE_KIND_BYTES) {
            out->text.len = out->offsets[rows];
        }
    }
}

sluice_out_column_t sluice_finish(sluice_row *row, size_t field, size_t column) {
    sluice_out *out = &row->outputs[field];
    if (out->kind == SLUICE_KIND_BYTES && column != SLUICE_NOT_FOUND && out->rows == 0) {
        return (sluice_out_column_t){ .tag = SLUICE_OUT_COLUMN_KEEP, .val.keep = (uint32_t) column };
    }
    sluice_catch_up(row, field);
    uint32_t rows = out->rows;
    sluice_column_t made = { 0 };
    switch (out->kind) {
        case SLUICE_KIND_INTEGERS:
            made.values.tag = SLUICE_VALUES_INTEGERS;
            made.values.val.integers = (transformer_list_s64_t){ out->values, rows };
            break;
        case SLUICE_KIND_FLOATS:
            made.values.tag = SLUICE_VALUES_FLOATS;
            made.values.val.floats = (transformer_list_f64_t){ out->values, rows };
            break;
        case SLUICE_KIND_BOOLEANS:
            made.values.tag = SLUICE_VALUES_BOOLEANS;
            made.values.val.booleans = (transformer_list_u8_t){ out->values, rows };
            break;
        default:
            made.values.tag = SLUICE_VALUES_BYTES;
            made.values.val.bytes.offsets = (transformer_list_u32_t){ out->offsets, (size_t) rows + 1 };
            made.values.val.bytes.data = (transformer_list_u8_t){ (uint8_t *) out->text.ptr, out->text.len };
    }
    if (out->validity && rows > 0) {
        made.validity = (transformer_list_u8_t){ out->validity, (rows + 7) / 8 };
        if (rows % 8) {
            out->validity[rows / 8] &= (uint8_t) ((1u << (rows % 8)) - 1);
        }
    }
    return (sluice_out_column_t){ .tag = SLUICE_OUT_COLUMN_REPLACE, .val.replace = made };
}

static void leave_out_values(void *values, size_t bytes, uint32_t rows, const uint32_t *left_out, uint32_t count) {
    uint8_t *items = values;
    size_t written = left_out[0];
    for (uint32_t i = 0; i < count; i++) {
        size_t from = (size_t) left_out[i] + 1, to = i + 1 < count ? left_out[i + 1] : rows;
        memmove(items + written * bytes, items + from * bytes, (to - from) * bytes);
        written += to - from;
    }
}

void sluice_leave_out(sluice_column_t *column, uint32_t rows, const uint32_t *left_out, uint32_t count) {
    uint32_t left = rows - count;
    if (column->validity.len > 0) {
        uint8_t *bits = column->validity.ptr;
        uint32_t written = 0, next = 0;
        for (uint32_t i = 0; i < rows; i++) {
            if (next < count && left_out[next] == i) {
                next++;
                continue;
            }
            uint8_t bit = (uint8_t) (1u << (written % 8));
            bits[written / 8] = sluice_is_valid(bits, i) ? bits[written / 8] | bit : bits[written / 8] & (uint8_t) ~bit;
            written++;
        }
        if (left % 8) {
            bits[left / 8] &= (uint8_t) ((1u << (left % 8)) - 1);
        }
        column->validity.len = (left + 7) / 8;
    }
    switch (column->values.tag) {
        case SLUICE_VALUES_BYTES: {
            sluice_bytes_column_t *bytes = &column->values.val.bytes;
            uint32_t *offsets = bytes->offsets.ptr;
            uint32_t end = offsets[left_out[0]], written = left_out[0];
            for (uint32_t i = 0; i < count; i++) {
                uint32_t from = left_out[i] + 1, to = i + 1 < count ? left_out[i + 1] : rows;
                uint32_t first = offsets[from], last = offsets[to];
                memmove(bytes->data.ptr + end, bytes->data.ptr + first, last - first);
                for (uint32_t row = from; row < to; row++) {
                    offsets[++written] = offsets[row + 1] - first + end;
                }
                end += last - first;
            }
            bytes->offsets.len = (size_t) left + 1;
            bytes->data.len = end;
            break;
        }
        case SLUICE_VALUES_INTEGERS:
            leave_out_values(column->values.val.integers.ptr, 8, rows, left_out, count);
            column->values.val.integers.len = left;
            break;
        case SLUICE_VALUES_FLOATS:
            leave_out_values(column->values.val.floats.ptr, 8, rows, left_out, count);
            column->values.val.floats.len = left;
            break;
        default:
            leave_out_values(column->values.val.booleans.ptr, 1, rows, left_out, count);
            column->values.val.booleans.len = left;
    }
}

void *sluice_room(void *items, uint32_t len, uint32_t *capacity, size_t bytes) {
    if (len < *capacity) {
        return items;
    }
    uint32_t old = *capacity;
    *capacity = old < 32 ? 64 : old * 2;
    return sluice_grow(items, old * bytes, *capacity * bytes);
}

#pragma clang attribute pop
