// Text: slices, and builders that make new text.

#include <wasm_simd128.h>

#include "internal.h"

static bool is_blank(char byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static char lower(char byte) {
    return byte >= 'A' && byte <= 'Z' ? (char) (byte + ('a' - 'A')) : byte;
}

static char upper(char byte) {
    return byte >= 'a' && byte <= 'z' ? (char) (byte - ('a' - 'A')) : byte;
}

char sluice_at(sluice_str text, size_t at) {
    if (at >= text.len) {
        sluice_panic(sluice_format("byte %zu of a text of %zu bytes is asked for", at, text.len));
    }
    return text.ptr[at];
}

sluice_str sluice_slice(sluice_str text, size_t from, size_t to) {
    if (to > text.len) {
        to = text.len;
    }
    if (from > to) {
        from = to;
    }
    return (sluice_str){ text.ptr + from, to - from };
}

sluice_str sluice_trim(sluice_str text) {
    while (text.len > 0 && is_blank(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && is_blank(text.ptr[text.len - 1])) {
        text.len--;
    }
    return text;
}

// Most text is short, so a loop over its bytes costs more than what is done to them: from 8 bytes on, all of them are
// looked at 16 at a time. The last 16 overlap those before; of 8 to 15, the first 8 are beside the last 8.

static v128_t first_and_last(sluice_str text) {
    uint64_t first, last;
    __builtin_memcpy(&first, text.ptr, 8);
    __builtin_memcpy(&last, text.ptr + text.len - 8, 8);
    return wasm_i64x2_make((int64_t) first, (int64_t) last);
}

/// Bytes from `first` to before `first + count`, as all ones.
static v128_t in_range(v128_t bytes, char first, int count) {
    return wasm_u8x16_lt(wasm_i8x16_sub(bytes, wasm_i8x16_splat(first)), wasm_i8x16_splat((int8_t) count));
}

static v128_t blanks(v128_t bytes) {
    return wasm_v128_or(wasm_i8x16_eq(bytes, wasm_i8x16_splat(' ')), in_range(bytes, '\t', 5));
}

static v128_t capitals(v128_t bytes) {
    return in_range(bytes, 'A', 26);
}

static v128_t smalls(v128_t bytes) {
    return in_range(bytes, 'a', 26);
}

/// Whether there is any such byte in the text.
static inline __attribute__((always_inline)) bool has_any(sluice_str text, v128_t (*are)(v128_t)) {
    if (text.len >= 16) {
        v128_t any = are(wasm_v128_load(text.ptr + text.len - 16));
        for (size_t at = 0; at + 16 < text.len; at += 16) {
            any = wasm_v128_or(any, are(wasm_v128_load(text.ptr + at)));
        }
        return wasm_v128_any_true(any);
    }
    if (text.len >= 8) {
        return wasm_v128_any_true(are(first_and_last(text)));
    }
    if (text.len >= 4) {
        int32_t first, last;
        __builtin_memcpy(&first, text.ptr, 4);
        __builtin_memcpy(&last, text.ptr + text.len - 4, 4);
        return wasm_v128_any_true(are(wasm_i32x4_make(first, last, first, last)));
    }
    if (text.len == 0) {
        return false;
    }
    v128_t bytes = wasm_i8x16_splat(text.ptr[0]);
    bytes = wasm_i8x16_replace_lane(bytes, 1, text.ptr[text.len / 2]);
    bytes = wasm_i8x16_replace_lane(bytes, 2, text.ptr[text.len - 1]);
    return wasm_v128_any_true(are(bytes));
}

static inline __attribute__((always_inline)) void copy_mapped(char *restrict to, sluice_str text, char (*map)(char)) {
    for (size_t at = 0; at < text.len; at++) {
        to[at] = map(text.ptr[at]);
    }
}

sluice_str sluice_lower(sluice_str text) {
    if (!has_any(text, capitals)) {
        return text;
    }
    char *copy = sluice_alloc_raw(text.len);
    copy_mapped(copy, text, lower);
    return (sluice_str){ copy, text.len };
}

sluice_str sluice_upper(sluice_str text) {
    if (!has_any(text, smalls)) {
        return text;
    }
    char *copy = sluice_alloc_raw(text.len);
    copy_mapped(copy, text, upper);
    return (sluice_str){ copy, text.len };
}

sluice_str sluice_first(sluice_str text) {
    if (text.len == 0) {
        return text;
    }
    uint8_t lead = (uint8_t) text.ptr[0];
    size_t len = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return sluice_slice(text, 0, len);
}

size_t sluice_characters(sluice_str text) {
    size_t characters = 0;
    for (size_t at = 0; at < text.len; at++) {
        characters += ((uint8_t) text.ptr[at] & 0xc0) != 0x80;
    }
    return characters;
}

size_t sluice_find(sluice_str text, char byte) {
    const v128_t wanted = wasm_i8x16_splat(byte);
    if (text.len >= 16) {
        for (size_t at = 0;; at += 16) {
            at = at < text.len - 16 ? at : text.len - 16;
            uint32_t found = wasm_i8x16_bitmask(wasm_i8x16_eq(wasm_v128_load(text.ptr + at), wanted));
            if (found) {
                return at + (size_t) __builtin_ctz(found);
            }
            if (at == text.len - 16) {
                return SLUICE_NOT_FOUND;
            }
        }
    }
    if (text.len >= 8) {
        uint32_t found = wasm_i8x16_bitmask(wasm_i8x16_eq(first_and_last(text), wanted));
        if (!found) {
            return SLUICE_NOT_FOUND;
        }
        size_t at = (size_t) __builtin_ctz(found);
        return at < 8 ? at : text.len - 16 + at;
    }
    for (size_t at = 0; at < text.len; at++) {
        if (text.ptr[at] == byte) {
            return at;
        }
    }
    return SLUICE_NOT_FOUND;
}

bool sluice_split(sluice_str *rest, char separator, sluice_str *piece) {
    if (!rest->ptr) {
        return false;
    }
    size_t at = sluice_find(*rest, separator);
    if (at == SLUICE_NOT_FOUND) {
        *piece = *rest;
        *rest = (sluice_str){ NULL, 0 };
    } else {
        *piece = (sluice_str){ rest->ptr, at };
        *rest = (sluice_str){ rest->ptr + at + 1, rest->len - at - 1 };
    }
    return true;
}

bool sluice_has_blank(sluice_str text) {
    return has_any(text, blanks);
}

int sluice_compare_str(sluice_str a, sluice_str b) {
    int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

bool sluice_equal_str(sluice_str a, sluice_str b) {
    return a.len == b.len && (a.ptr == b.ptr || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool sluice_equal_lower_str(sluice_str a, sluice_str b) {
    if (a.len != b.len) {
        return false;
    }
    for (size_t at = 0; at < a.len; at++) {
        if (lower(a.ptr[at]) != lower(b.ptr[at])) {
            return false;
        }
    }
    return true;
}

bool sluice_starts_with_str(sluice_str text, sluice_str start) {
    return text.len >= start.len && memcmp(text.ptr, start.ptr, start.len) == 0;
}

bool sluice_ends_with_str(sluice_str text, sluice_str end) {
    return text.len >= end.len && memcmp(text.ptr + text.len - end.len, end.ptr, end.len) == 0;
}

// -- builders

__attribute__((noinline)) void sluice_builder_reserve(sluice_builder *builder, size_t more) {
    size_t needed;
    if (__builtin_add_overflow(builder->len, more, &needed) || needed > SIZE_MAX / 4) {
        sluice_panic("out of memory");
    }
    if (needed <= builder->capacity) {
        return;
    }
    // Twice as much, so that adding piece by piece copies each byte a few times at most.
    size_t capacity = builder->capacity * 2 > needed ? builder->capacity * 2 : needed;
    capacity = capacity < 64 ? 64 : capacity;
    builder->ptr = sluice_grow(builder->ptr, builder->capacity, capacity);
    builder->capacity = capacity;
}

/// Tells the column where its value ends now.
static void note_end(sluice_builder *builder) {
    if (builder->end) {
        *builder->end = (uint32_t) builder->len;
    }
}

void sluice_add_str(sluice_builder *builder, sluice_str text) {
    sluice_builder_push(builder, text.ptr, text.len);
    note_end(builder);
}

void sluice_add_lower_str(sluice_builder *builder, sluice_str text) {
    sluice_builder_reserve(builder, text.len);
    copy_mapped(builder->ptr + builder->len, text, lower);
    builder->len += text.len;
    note_end(builder);
}

void sluice_add_upper_str(sluice_builder *builder, sluice_str text) {
    sluice_builder_reserve(builder, text.len);
    copy_mapped(builder->ptr + builder->len, text, upper);
    builder->len += text.len;
    note_end(builder);
}

void sluice_add_character(sluice_builder *builder, uint32_t c) {
    char bytes[4];
    size_t len;
    if (c < 0x80) {
        bytes[0] = (char) c;
        len = 1;
    } else if (c < 0x800) {
        bytes[0] = (char) (0xc0 | c >> 6);
        bytes[1] = (char) (0x80 | (c & 0x3f));
        len = 2;
    } else if (c < 0x10000) {
        if (c >= 0xd800 && c < 0xe000) {
            sluice_panic("a surrogate is no character");
        }
        bytes[0] = (char) (0xe0 | c >> 12);
        bytes[1] = (char) (0x80 | (c >> 6 & 0x3f));
        bytes[2] = (char) (0x80 | (c & 0x3f));
        len = 3;
    } else {
        if (c > 0x10ffff) {
            sluice_panic("a character is out of range");
        }
        bytes[0] = (char) (0xf0 | c >> 18);
        bytes[1] = (char) (0x80 | (c >> 12 & 0x3f));
        bytes[2] = (char) (0x80 | (c >> 6 & 0x3f));
        bytes[3] = (char) (0x80 | (c & 0x3f));
        len = 4;
    }
    sluice_add_str(builder, (sluice_str){ bytes, len });
}

/// Adds digits, at least `width` characters of them together with the sign, filled up with `fill`.
static void add_digits(sluice_builder *builder, uint64_t value, bool negative, uint32_t base, size_t width, char fill) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value > 0);
    size_t len = sizeof digits - at + negative;
    if (negative && fill == '0') {
        sluice_add(builder, "-");
    }
    for (; width > len; width--) {
        sluice_add_str(builder, (sluice_str){ &fill, 1 });
    }
    if (negative && fill != '0') {
        sluice_add(builder, "-");
    }
    sluice_add_str(builder, (sluice_str){ digits + at, sizeof digits - at });
}

void sluice_add_integer(sluice_builder *builder, int64_t value) {
    bool negative = value < 0;
    add_digits(builder, negative ? 0 - (uint64_t) value : (uint64_t) value, negative, 10, 0, ' ');
}

void sluice_add_format_list(sluice_builder *builder, const char *format, va_list arguments) {
    for (;;) {
        size_t plain = 0;
        while (format[plain] && format[plain] != '%') {
            plain++;
        }
        sluice_add_str(builder, (sluice_str){ format, plain });
        format += plain;
        if (!*format) {
            return;
        }
        format++;
        char fill = *format == '0' ? '0' : ' ';
        size_t width = 0;
        while (*format >= '0' && *format <= '9') {
            width = width * 10 + (size_t) (*format++ - '0');
        }
        bool has_precision = format[0] == '.' && format[1] == '*';
        int precision = 0;
        if (has_precision) {
            precision = va_arg(arguments, int);
            format += 2;
        }
        size_t bytes = sizeof(int);
        for (; *format == 'l' || *format == 'z'; format++) {
            // `long` and `size_t` are as wide as `int`.
            bytes = format[0] == 'l' && format[1] == 'l' ? sizeof(long long) : bytes;
        }
        char conversion = *format ? *format++ : '\0';
        switch (conversion) {
            case 's': {
                const char *text = va_arg(arguments, const char *);
                size_t len = !text ? 0 : has_precision ? (size_t) (precision < 0 ? 0 : precision) : strlen(text);
                for (size_t i = len; i < width; i++) {
                    sluice_add(builder, " ");
                }
                sluice_add_str(builder, (sluice_str){ text, len });
                break;
            }
            case 'c': {
                char byte = (char) va_arg(arguments, int);
                sluice_add_str(builder, (sluice_str){ &byte, 1 });
                break;
            }
            case 'd':
            case 'i': {
                int64_t value = bytes == 8 ? va_arg(arguments, long long) : va_arg(arguments, int);
                bool negative = value < 0;
                add_digits(builder, negative ? 0 - (uint64_t) value : (uint64_t) value, negative, 10, width, fill);
                break;
            }
            case 'u':
            case 'x': {
                uint64_t value = bytes == 8 ? va_arg(arguments, unsigned long long) : va_arg(arguments, unsigned);
                add_digits(builder, value, false, conversion == 'u' ? 10 : 16, width, fill);
                break;
            }
            case '%':
                sluice_add(builder, "%");
                break;
            default:
                sluice_panic("a format has a conversion that there is not: there are %s %c %d %i %u %x %%");
        }
    }
}

void sluice_add_format(sluice_builder *builder, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    sluice_add_format_list(builder, format, arguments);
    va_end(arguments);
}

sluice_str sluice_format(const char *format, ...) {
    sluice_builder builder = { 0 };
    va_list arguments;
    va_start(arguments, format);
    sluice_add_format_list(&builder, format, arguments);
    va_end(arguments);
    return sluice_built(&builder);
}

sluice_str sluice_built(const sluice_builder *builder) {
    // A column's builder holds the values of earlier rows too.
    size_t start = builder->end ? builder->end[-1] : 0;
    return (sluice_str){ builder->ptr + start, builder->len - start };
}

#pragma clang attribute pop
