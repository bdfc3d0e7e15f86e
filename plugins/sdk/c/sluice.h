// Write a Sluice plugin as a C function over one row.
//
// A plugin is one file: which columns it deals with, what its configuration means, and what becomes of a row.
//
//     #include "sluice/sluice.h"
//
//     enum { NAME, LENGTH };
//
//     static const sluice_field fields[] = {
//         [NAME] = { "name", SLUICE_TEXT, .aliases = { "full name" } },
//         [LENGTH] = { "name_length", SLUICE_INTEGER, .made = true },
//     };
//
//     static sluice_outcome clean(sluice_row *row) {
//         sluice_str name = sluice_trim(sluice_get_text(row, NAME));
//         if (name.len == 0) {
//             return sluice_reject(row, NAME, "no_name", "the record has no name");
//         }
//         sluice_set_text(row, NAME, name);
//         sluice_set_integer(row, LENGTH, (int64_t) name.len);
//         return SLUICE_KEEP;
//     }
//
//     SLUICE_PLUGIN(.name = "shout", .version = "0.1.0", .fields = SLUICE_FIELDS(fields), .clean = clean)
//
// The rest is done for it: the plugin is described, columns are found whatever a file calls them, untouched columns go
// back without a copy, and a mistake such as an index out of range ends in a trap whose reason goes with the row.
//
// There is no C library behind it: no files, no console, no clock. What there is of <string.h> and the like is in
// `libc/`. Memory is never freed by hand: see `sluice_alloc`.
#ifndef SLUICE_H
#define SLUICE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "generated/transformer.h"

// ---------------------------------------------------------------------------------------------------------------- text

/// UTF-8 text: a pointer and a length in bytes, without a zero at the end. It is never copied on the way. Its bytes are
/// not to be written to: text of a row lies in the batch.
typedef struct sluice_str {
    const char *ptr;
    size_t len;
} sluice_str;

/// Text of no bytes.
#define SLUICE_EMPTY ((sluice_str){ "", 0 })

/// A `sluice_str` of a string literal or any other C string.
static inline sluice_str sluice_from(const char *text) {
    return (sluice_str) { text, text ? __builtin_strlen(text) : 0 };
}

static inline sluice_str sluice_same(sluice_str text) {
    return text;
}

/// What lets the functions below take C strings and `sluice_str` alike.
#define SLUICE_STR(text) _Generic((text), sluice_str: sluice_same, char *: sluice_from, const char *: sluice_from)(text)

/// For `printf`'s `%.*s`: `sluice_format("`%.*s` is unknown", SLUICE_ARG(name))`.
#define SLUICE_ARG(text) (int) (text).len, (text).ptr

/// What `sluice_find` answers where there is no such byte.
#define SLUICE_NOT_FOUND SIZE_MAX

/// Byte `at`. Ends the call with a message where the text is shorter.
char sluice_at(sluice_str text, size_t at);
/// The bytes from `from` to before `to`, as far as there are any.
sluice_str sluice_slice(sluice_str text, size_t from, size_t to);
/// Without the blanks around it: space, tab, line feed, vertical tab, form feed and carriage return.
sluice_str sluice_trim(sluice_str text);
/// With A to Z as a to z. It is copied only where that changes something.
sluice_str sluice_lower(sluice_str text);
/// With a to z as A to Z. It is copied only where that changes something.
sluice_str sluice_upper(sluice_str text);
/// The first character (not byte) of it; empty where it is empty.
sluice_str sluice_first(sluice_str text);
/// How many characters it has.
size_t sluice_characters(sluice_str text);
/// Where the first such byte is, or `SLUICE_NOT_FOUND`.
size_t sluice_find(sluice_str text, char byte);
/// Takes the piece before the next `separator` off the front of `rest`; false where nothing is left. There is one piece
/// more than there are separators: `a;;b` has three, and the empty text one.
///
///     for (sluice_str rest = list, part; sluice_split(&rest, ',', &part);) { … }
bool sluice_split(sluice_str *rest, char separator, sluice_str *piece);
/// Whether it has a blank in it, one of those that `sluice_trim` takes off.
bool sluice_has_blank(sluice_str text);

/// Less than, equal to or greater than 0, by bytes, which is by characters too.
#define sluice_compare(a, b) sluice_compare_str(SLUICE_STR(a), SLUICE_STR(b))
/// Whether they are the same.
#define sluice_equal(a, b) sluice_equal_str(SLUICE_STR(a), SLUICE_STR(b))
/// Whether they are the same but for A to Z and a to z.
#define sluice_equal_lower(a, b) sluice_equal_lower_str(SLUICE_STR(a), SLUICE_STR(b))
#define sluice_starts_with(text, start) sluice_starts_with_str(SLUICE_STR(text), SLUICE_STR(start))
#define sluice_ends_with(text, end) sluice_ends_with_str(SLUICE_STR(text), SLUICE_STR(end))

/// Blanks, an optional sign, digits, blanks; false where it is anything else, or out of range.
#define sluice_parse_integer(text, value) sluice_parse_integer_str(SLUICE_STR(text), value)
/// A number such as `-1.5e3`, `inf` or `nan`, with blanks around; the nearest float. False where it is anything else.
#define sluice_parse_float(text, value) sluice_parse_float_str(SLUICE_STR(text), value)
/// `true` or `false`, with blanks around; false where it is anything else.
#define sluice_parse_boolean(text, value) sluice_parse_boolean_str(SLUICE_STR(text), value)

/// Text made as by `printf`. Of its conversions there are `%s`, `%.*s`, `%c`, `%d`, `%i`, `%u`, `%x` (with `l`, `ll`,
/// `z`; with a width, and a 0 before it) and `%%`.
__attribute__((format(printf, 1, 2))) sluice_str sluice_format(const char *format, ...);

// ------------------------------------------------------------------------------------------------------------- builder

/// Text that grows. `sluice_builder b = { 0 };` is an empty one; `sluice_build_text` gives one that grows in its
/// column.
typedef struct sluice_builder {
    char *ptr;
    size_t len;
    size_t capacity;
    /// Where a column notes the end of its value.
    uint32_t *end;
} sluice_builder;

#define sluice_add(builder, text) sluice_add_str(builder, SLUICE_STR(text))
/// Adds text with A to Z as a to z.
#define sluice_add_lower(builder, text) sluice_add_lower_str(builder, SLUICE_STR(text))
/// Adds text with a to z as A to Z.
#define sluice_add_upper(builder, text) sluice_add_upper_str(builder, SLUICE_STR(text))
/// Adds a character, given as its code point: `sluice_add_character(b, 0xe9)`.
void sluice_add_character(sluice_builder *builder, uint32_t character);
void sluice_add_integer(sluice_builder *builder, int64_t value);
/// Adds what `sluice_format` would make.
__attribute__((format(printf, 2, 3))) void sluice_add_format(sluice_builder *builder, const char *format, ...);
/// What is in it so far. Adding more may move it, and leaves this one as it was.
sluice_str sluice_built(const sluice_builder *builder);

// -------------------------------------------------------------------------------------------------------------- memory

/// Zeroed memory, aligned to 16 bytes. What `configure` takes lasts as long as the plugin; what `clean`
/// or `transform` takes is gone when the batch is done. Nothing needs to be freed. Out of memory ends the call.
void *sluice_alloc(size_t bytes);
/// An array of `count` of a type, which is checked not to overflow.
#define sluice_alloc_array(type, count) ((type *) sluice_alloc_items(count, sizeof(type)))
/// A copy of text that lasts as long as memory of `sluice_alloc` does.
sluice_str sluice_copy(sluice_str text);

// ----------------------------------------------------------------------------------------------------------------- log

/// Write a line to the host's log. It must not hold record content.
#define sluice_log_info(message) sluice_log_str(SLUICE_SEVERITY_INFO, SLUICE_STR(message))
#define sluice_log_warning(message) sluice_log_str(SLUICE_SEVERITY_WARNING, SLUICE_STR(message))
#define sluice_log_error(message) sluice_log_str(SLUICE_SEVERITY_ERROR, SLUICE_STR(message))
/// Ends the call. The message becomes the reason that goes with the rejected row; it must not hold record content.
/// `assert` of <assert.h> does the same with its condition.
#define sluice_panic(message) sluice_panic_str(SLUICE_STR(message))

// -------------------------------------------------------------------------------------------------------------- fields

/// Text. A row in which it is not set keeps what came in.
#define SLUICE_TEXT "text"
/// JSON text. A row in which it is not set keeps what came in.
#define SLUICE_JSON "json"
/// An exact number, set as text, such as `SLUICE_DECIMAL(10, 2)`. A row in which it is not set keeps what came in.
#define SLUICE_DECIMAL(precision, scale) "decimal(" #precision "," #scale ")"
/// A 64-bit integer, null where it is not set.
#define SLUICE_INTEGER "integer"
/// A 64-bit float, null where it is not set.
#define SLUICE_FLOAT "float"
/// True or false, null where it is not set.
#define SLUICE_BOOLEAN "boolean"
/// Microseconds since 1970-01-01T00:00:00Z, null where it is not set.
#define SLUICE_TIMESTAMP "timestamp"
/// Days since 1970-01-01, null where it is not set.
#define SLUICE_DATE "date"

/// How many aliases a field may have.
#define SLUICE_MAX_ALIASES 16

/// One column that a plugin deals with: what it is called, and what it is when the plugin is done with it. Its place in
/// the array is the handle by which a row gets at it.
typedef struct sluice_field {
    const char *name;
    /// One of the types above.
    const char *type;
    /// Other names that files have for it. Case, blanks, hyphens and underscores make no difference: `Created At` is
    /// found by `created_at`.
    const char *aliases[SLUICE_MAX_ALIASES];
    /// Never null in a row that is kept.
    bool required;
    /// Made by the plugin: a column of that name in the input is not read.
    bool made;
    /// Read by the plugin, and not part of its output.
    bool consumed;
} sluice_field;

// ----------------------------------------------------------------------------------------------------------------- row

/// One row. Getters always give what came in, also after a setter. `field` is the field's place in the declaration.
typedef struct sluice_row sluice_row;

/// What becomes of a row.
typedef enum sluice_outcome {
    /// It goes on, as it stands now.
    SLUICE_KEEP,
    /// It does not, and that is in order; rows that were emitted before go on.
    SLUICE_DROP,
    /// It goes to the rejects, with its findings; see `sluice_reject`. Rows emitted before are taken back.
    SLUICE_REJECT,
} sluice_outcome;

/// The text of a column; empty where it is null, missing, or no text.
sluice_str sluice_get_text(const sluice_row *row, size_t field);
/// The integer, timestamp or date of a column, parsed if it is text; false where there is none.
bool sluice_get_integer(const sluice_row *row, size_t field, int64_t *value);
/// The float of a column, parsed if it is text; false where there is none.
bool sluice_get_float(const sluice_row *row, size_t field, double *value);
/// The boolean of a column, parsed if it is the text `true` or `false`; false where there is none.
bool sluice_get_boolean(const sluice_row *row, size_t field, bool *value);
/// Whether a column is null in this row, or missing. Empty text is not null.
bool sluice_is_null(const sluice_row *row, size_t field);
/// Whether the object has this column at all.
bool sluice_has(const sluice_row *row, size_t field);

/// The row's number in its object, counted from 0.
uint64_t sluice_row_number(const sluice_row *row);
/// When the object arrived: microseconds since 1970-01-01T00:00:00Z. A retry sees the same value.
int64_t sluice_received_at(const sluice_row *row);
/// The object, as `s3://bucket/key` or a file's path.
sluice_str sluice_source(const sluice_row *row);

/// Sets text, JSON or a decimal. Setting what came in costs nothing.
#define sluice_set_text(row, field, text) sluice_set_text_str(row, field, SLUICE_STR(text))
/// Starts a text, JSON or decimal that is added to piece by piece, in its place: for text that differs from what came
/// in. It is done when the row or the field is set, emitted or settled next.
sluice_builder *sluice_build_text(sluice_row *row, size_t field);
/// Sets an integer, a timestamp in microseconds since 1970, or a date in days since 1970.
void sluice_set_integer(sluice_row *row, size_t field, int64_t value);
/// Sets a timestamp: microseconds since 1970-01-01T00:00:00Z.
void sluice_set_timestamp(sluice_row *row, size_t field, int64_t microseconds);
/// Sets a date: days since 1970-01-01.
void sluice_set_date(sluice_row *row, size_t field, int64_t days);
void sluice_set_float(sluice_row *row, size_t field, double value);
void sluice_set_boolean(sluice_row *row, size_t field, bool value);
void sluice_set_null(sluice_row *row, size_t field);
/// Takes back what the row set a column to.
void sluice_reset(sluice_row *row, size_t field);

/// Adds the row as it stands now to the output, and starts over with the row as it came in. To make several rows of
/// one: set, emit, set, emit, and return `SLUICE_DROP`.
void sluice_emit(sluice_row *row);

/// Instead of a field, where a finding is not about one column.
#define SLUICE_NO_FIELD SIZE_MAX

/// Note something good to know. Messages must not hold personal data; codes are short and stable.
#define sluice_info(row, field, code, message) \
    sluice_note_str(row, field, SLUICE_SEVERITY_INFO, SLUICE_STR(code), SLUICE_STR(message))
/// Note something suspicious. The row is stored all the same.
#define sluice_warn(row, field, code, message) \
    sluice_note_str(row, field, SLUICE_SEVERITY_WARNING, SLUICE_STR(code), SLUICE_STR(message))
/// Note a reason for a rejection, of which there may be several before `return SLUICE_REJECT`.
#define sluice_error(row, field, code, message) \
    sluice_note_str(row, field, SLUICE_SEVERITY_ERROR, SLUICE_STR(code), SLUICE_STR(message))
/// Reject the row for a reason: `return sluice_reject(row, ID, "no_id", "the record has no id");`
#define sluice_reject(row, field, code, message) (sluice_error(row, field, code, message), sluice_rejected())
/// Reject the row for a reason that is not about one column.
#define sluice_reject_row(row, code, message) sluice_reject(row, SLUICE_NO_FIELD, code, message)

// -------------------------------------------------------------------------------------------------------------- config

/// The keys and values that the manifest gives a plugin. The first thing that is found wrong refuses the configuration
/// once `configure` returns; until then every getter gives its fallback for what it cannot read.
typedef struct sluice_config sluice_config;

/// Whether the key is set.
bool sluice_config_has(const sluice_config *config, const char *key);
/// The value of `key`, or `fallback` where it is not set.
#define sluice_config_text(config, key, fallback) sluice_config_text_str(config, key, SLUICE_STR(fallback))
/// The names that the key has, to be taken apart by `sluice_split` at commas and trimmed: text with commas in between as
/// it is, and a list of the manifest, which arrives as JSON, in the same form. Names have no commas, quotes or brackets.
sluice_str sluice_config_names(const sluice_config *config, const char *key);
/// The same as an integer. It is refused where it is none.
int64_t sluice_config_integer(sluice_config *config, const char *key, int64_t fallback);
/// The same as a float. It is refused where it is none.
double sluice_config_float(sluice_config *config, const char *key, double fallback);
/// The same as a boolean. It is refused where it is neither `true` nor `false`.
bool sluice_config_boolean(sluice_config *config, const char *key, bool fallback);
/// Refuses a configuration with any other key: `sluice_config_allow(config, "channels", "limit")`.
#define sluice_config_allow(config, ...)                               \
    sluice_config_allow_keys(config, (const char *[]) { __VA_ARGS__ }, \
                             sizeof((const char *[]) { __VA_ARGS__ }) / sizeof(const char *))
/// Refuses the value of `key`; `expected` says what it should be, such as `a number of days`.
void sluice_config_wrong(sluice_config *config, const char *key, const char *expected);
/// Refuses the configuration for any other reason.
#define sluice_config_refuse(config, code, message) \
    sluice_config_refuse_str(config, SLUICE_STR(code), SLUICE_STR(message))
/// Whether nothing was refused so far.
bool sluice_config_ok(const sluice_config *config);

// -------------------------------------------------------------------------------------------------------------- plugin

/// A plugin. All but `name`, `version`, `fields` and one of `clean` and `transform` may be left out.
typedef struct sluice_plugin {
    const char *name;
    const char *version;
    /// `SLUICE_FIELDS(fields)`.
    struct {
        const sluice_field *ptr;
        size_t len;
    } fields;
    /// A JSON Schema of the configuration, shown to users.
    const char *config_schema;
    /// Reads the configuration, once, into variables of the plugin's own. A plugin without it has no configuration.
    void (*configure)(sluice_config *config);
    /// Cleans a row. The same row must give the same answer, whatever came before.
    sluice_outcome (*clean)(sluice_row *row);
    /// Instead of `clean`: cleans a batch of whole columns. `output` comes as if no row was touched: text fields and
    /// columns that are not declared as `keep`, other fields null. False ends the batch with `failure`.
    bool (*transform)(const sluice_batch_t *batch, const sluice_origin_t *origin, sluice_output_t *output,
                      sluice_failure_t *failure);
} sluice_plugin;

/// Makes the component of a `sluice_plugin`, given by its members. Once in a plugin.
#define SLUICE_PLUGIN(...) const sluice_plugin sluice_the_plugin = { __VA_ARGS__ };
#define SLUICE_FIELDS(array) { array, sizeof(array) / sizeof((array)[0]) }

// For `transform`: the data of the contract is what `generated/transformer.h` has, with the contract's own comments.
// Its names end in `_t`: a `sluice_field` is what a plugin declares, a `sluice_field_t` is a column of a schema.

/// The input column of a field, or `SLUICE_NOT_FOUND` where the object has none.
size_t sluice_input_column(size_t field);
/// The output column of a field, or `SLUICE_NOT_FOUND` where it is consumed.
size_t sluice_output_column(size_t field);
/// Text as the contract has it, which is not copied.
static inline transformer_string_t sluice_string(sluice_str text) {
    return (transformer_string_t) { (uint8_t *) text.ptr, text.len };
}

// ------------------------------------------------------------------------------------------ called by the macros above

extern const sluice_plugin sluice_the_plugin;
/// To reject a row without returning so would be a mistake that is easily made.
static inline __attribute__((warn_unused_result)) sluice_outcome sluice_rejected(void) {
    return SLUICE_REJECT;
}
int sluice_compare_str(sluice_str a, sluice_str b);
bool sluice_equal_str(sluice_str a, sluice_str b);
bool sluice_equal_lower_str(sluice_str a, sluice_str b);
bool sluice_starts_with_str(sluice_str text, sluice_str start);
bool sluice_ends_with_str(sluice_str text, sluice_str end);
bool sluice_parse_integer_str(sluice_str text, int64_t *value);
bool sluice_parse_float_str(sluice_str text, double *value);
bool sluice_parse_boolean_str(sluice_str text, bool *value);
void sluice_add_str(sluice_builder *builder, sluice_str text);
void sluice_add_lower_str(sluice_builder *builder, sluice_str text);
void sluice_add_upper_str(sluice_builder *builder, sluice_str text);
void *sluice_alloc_items(size_t count, size_t bytes);
void sluice_log_str(sluice_severity_t severity, sluice_str message);
_Noreturn void sluice_panic_str(sluice_str message);
void sluice_set_text_str(sluice_row *row, size_t field, sluice_str text);
void sluice_note_str(sluice_row *row, size_t field, sluice_severity_t severity, sluice_str code, sluice_str message);
sluice_str sluice_config_text_str(const sluice_config *config, const char *key, sluice_str fallback);
void sluice_config_allow_keys(sluice_config *config, const char *const *keys, size_t count);
void sluice_config_refuse_str(sluice_config *config, sluice_str code, sluice_str message);

#endif
