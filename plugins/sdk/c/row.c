// One row, as the author of a plugin sees it: getters read what came in, setters say what goes out.

#include "internal.h"

/// A handle that no field has would read and write beside the columns.
static inline size_t checked(const sluice_row *row, size_t field) {
    if (SLUICE_UNLIKELY(field >= row->fields)) {
        sluice_panic(sluice_format("field %zu is used, and %zu are declared", field, row->fields));
    }
    return field;
}

static inline const sluice_input *input_of(const sluice_row *row, size_t field) {
    return &row->inputs[checked(row, field)];
}

// -- what came in

sluice_str sluice_get_text(const sluice_row *row, size_t field) {
    const sluice_input *input = input_of(row, field);
    if (input->kind != SLUICE_KIND_BYTES || !sluice_is_valid(input->validity, row->at)) {
        return SLUICE_EMPTY;
    }
    uint32_t start = input->offsets[row->at];
    return (sluice_str){ (const char *) input->values + start, input->offsets[row->at + 1] - start };
}

/// The value of a column that came in as numbers of this kind; NULL where it is null or came in as anything else.
static const void *typed(const sluice_row *row, const sluice_input *input, sluice_kind kind, size_t bytes) {
    if (input->kind != kind || !sluice_is_valid(input->validity, row->at)) {
        return NULL;
    }
    return (const uint8_t *) input->values + row->at * bytes;
}

bool sluice_get_integer(const sluice_row *row, size_t field, int64_t *value) {
    const int64_t *there = typed(row, input_of(row, field), SLUICE_KIND_INTEGERS, sizeof *there);
    if (there) {
        *value = *there;
        return true;
    }
    return sluice_parse_integer(sluice_get_text(row, field), value);
}

bool sluice_get_float(const sluice_row *row, size_t field, double *value) {
    const double *there = typed(row, input_of(row, field), SLUICE_KIND_FLOATS, sizeof *there);
    if (there) {
        *value = *there;
        return true;
    }
    return sluice_parse_float(sluice_get_text(row, field), value);
}

bool sluice_get_boolean(const sluice_row *row, size_t field, bool *value) {
    const uint8_t *there = typed(row, input_of(row, field), SLUICE_KIND_BOOLEANS, sizeof *there);
    if (there) {
        *value = *there == 1;
        return true;
    }
    return sluice_parse_boolean(sluice_get_text(row, field), value);
}

bool sluice_is_null(const sluice_row *row, size_t field) {
    const sluice_input *input = input_of(row, field);
    return input->kind == SLUICE_KIND_NONE || !sluice_is_valid(input->validity, row->at);
}

bool sluice_has(const sluice_row *row, size_t field) {
    return input_of(row, field)->kind != SLUICE_KIND_NONE;
}

uint64_t sluice_row_number(const sluice_row *row) {
    return row->origin->first_row + row->at;
}

int64_t sluice_received_at(const sluice_row *row) {
    return row->origin->received_at;
}

sluice_str sluice_source(const sluice_row *row) {
    return (sluice_str){ (const char *) row->origin->source.ptr, row->origin->source.len };
}

// -- what goes out

static _Noreturn __attribute__((noinline)) void mistake(size_t field, const char *what) {
    sluice_panic(sluice_format("field `%s` is set to %s, and is not declared so",
                               sluice_the_plugin.fields.ptr[field].name, what));
}

/// Makes the current row the column's next: adds the rows before it, and takes back what it was set to already.
static inline sluice_out *prepared(sluice_row *row, size_t field, sluice_kind kind, const char *what) {
    sluice_out *out = &row->outputs[checked(row, field)];
    if (SLUICE_UNLIKELY(out->kind != kind)) {
        mistake(field, what);
    }
    if (SLUICE_UNLIKELY(out->rows != row->origins.count || out->rows >= out->capacity)) {
        sluice_catch_up(row, field);
    }
    return out;
}

/// Ends the current row's value.
static inline void push_valid(sluice_out *out) {
    if (out->validity) {
        out->validity[out->rows / 8] |= (uint8_t) (1u << (out->rows % 8));
    }
    out->rows++;
}

static inline void push_text(sluice_out *out) {
    // A builder that the author still has goes on with this value, not with an earlier one.
    out->text.end = &out->offsets[out->rows + 1];
    *out->text.end = (uint32_t) out->text.len;
}

void sluice_set_text_str(sluice_row *row, size_t field, sluice_str text) {
    const sluice_input *input = input_of(row, field);
    if (input->kind == SLUICE_KIND_BYTES && sluice_is_valid(input->validity, row->at)) {
        if (sluice_equal_str(sluice_get_text(row, field), text)) {
            if (SLUICE_UNLIKELY(row->outputs[field].kind != SLUICE_KIND_BYTES)) {
                mistake(field, "text");
            }
            sluice_reset(row, field);
            return;
        }
    }
    const sluice_builder *own = &row->outputs[field].text;
    if (SLUICE_UNLIKELY(text.ptr >= own->ptr && text.ptr < own->ptr + own->capacity)) {
        // It was built in the very place where it would be written.
        text = sluice_copy(text);
    }
    sluice_out *out = prepared(row, field, SLUICE_KIND_BYTES, "text");
    sluice_builder_push(&out->text, text.ptr, text.len);
    push_text(out);
    push_valid(out);
}

sluice_builder *sluice_build_text(sluice_row *row, size_t field) {
    sluice_out *out = prepared(row, field, SLUICE_KIND_BYTES, "text");
    push_text(out);
    push_valid(out);
    return &out->text;
}

void sluice_set_integer(sluice_row *row, size_t field, int64_t value) {
    sluice_out *out = prepared(row, field, SLUICE_KIND_INTEGERS, "an integer, timestamp or date");
    ((int64_t *) out->values)[out->rows] = value;
    push_valid(out);
}

void sluice_set_timestamp(sluice_row *row, size_t field, int64_t microseconds) {
    sluice_set_integer(row, field, microseconds);
}

void sluice_set_date(sluice_row *row, size_t field, int64_t days) {
    sluice_set_integer(row, field, days);
}

void sluice_set_float(sluice_row *row, size_t field, double value) {
    sluice_out *out = prepared(row, field, SLUICE_KIND_FLOATS, "a float");
    ((double *) out->values)[out->rows] = value;
    push_valid(out);
}

void sluice_set_boolean(sluice_row *row, size_t field, bool value) {
    sluice_out *out = prepared(row, field, SLUICE_KIND_BOOLEANS, "a boolean");
    ((uint8_t *) out->values)[out->rows] = value;
    push_valid(out);
}

void sluice_set_null(sluice_row *row, size_t field) {
    const sluice_input *input = input_of(row, field);
    sluice_out *out = &row->outputs[field];
    if (out->kind == SLUICE_KIND_NONE) {
        mistake(field, "null");
    }
    if (input->kind == SLUICE_KIND_NONE ||
        (input->kind == SLUICE_KIND_BYTES && !sluice_is_valid(input->validity, row->at))) {
        // It is null already.
        sluice_reset(row, field);
        return;
    }
    // A row that is not set is null in all but text.
    if (out->kind != SLUICE_KIND_BYTES) {
        sluice_reset(row, field);
        return;
    }
    prepared(row, field, SLUICE_KIND_BYTES, "null");
    push_text(out);
    sluice_push_null(out);
}

void sluice_reset(sluice_row *row, size_t field) {
    sluice_truncate(&row->outputs[checked(row, field)], row->origins.count);
}

// -- findings and outcomes

static transformer_string_t copied(sluice_str text) {
    return sluice_string(sluice_copy(text));
}

void sluice_note_str(sluice_row *row, size_t field, sluice_severity_t severity, sluice_str code, sluice_str message) {
    row->findings = sluice_room(row->findings, row->findings_len, &row->findings_capacity, sizeof *row->findings);
    sluice_finding_t *finding = &row->findings[row->findings_len++];
    size_t column = field == SLUICE_NO_FIELD ? SLUICE_NOT_FOUND : sluice_output_column(checked(row, field));
    *finding = (sluice_finding_t){
        .row = row->at,
        .column = { .is_some = column != SLUICE_NOT_FOUND, .val = (uint32_t) column },
        .severity = severity,
        .code = copied(code),
        .message = copied(message),
    };
}

static inline void push_origin(sluice_row *row) {
    sluice_origins *origins = &row->origins;
    if (origins->rows) {
        origins->rows = sluice_room(origins->rows, origins->count, &origins->capacity, sizeof *origins->rows);
        origins->rows[origins->count] = row->at;
    }
    origins->count++;
}

/// From here on, output rows are not input rows in order.
static void diverge(sluice_row *row) {
    sluice_origins *origins = &row->origins;
    if (origins->rows) {
        return;
    }
    origins->capacity = row->batch_rows > origins->count ? row->batch_rows : origins->count + 1;
    origins->rows = sluice_alloc_raw(origins->capacity * sizeof *origins->rows);
    for (uint32_t i = 0; i < origins->count; i++) {
        origins->rows[i] = i;
    }
    row->phantoms = row->rejected_len;
}

/// Takes back what the row set.
static void discard(sluice_row *row) {
    for (size_t field = 0; field < row->fields; field++) {
        sluice_truncate(&row->outputs[field], row->origins.count);
    }
}

void sluice_emit(sluice_row *row) {
    diverge(row);
    push_origin(row);
}

static void settle_dropped(sluice_row *row) {
    discard(row);
    diverge(row);
}

static void settle_rejected(sluice_row *row) {
    row->rejected = sluice_room(row->rejected, row->rejected_len, &row->rejected_capacity, sizeof *row->rejected);
    row->rejected[row->rejected_len++] = row->at;
    // What it emitted before.
    row->origins.count = row->start;
    discard(row);
    if (!row->origins.rows) {
        push_origin(row);
    }
}

void sluice_clean_rows(sluice_row *row) {
    for (uint32_t at = 0; at < row->batch_rows; at++) {
        row->at = at;
        row->start = row->origins.count;
        switch (sluice_the_plugin.clean(row)) {
            case SLUICE_KEEP:
                push_origin(row);
                break;
            case SLUICE_DROP:
                settle_dropped(row);
                break;
            case SLUICE_REJECT:
                settle_rejected(row);
                break;
            default:
                sluice_panic("`clean` returned what is no outcome");
        }
    }
}

#pragma clang attribute pop
