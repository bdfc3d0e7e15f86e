// What a plugin declares about its columns, and which columns of an object those are.

#include "internal.h"

sluice_field_t sluice_describe_field(const sluice_field *field) {
    return (sluice_field_t){
        .name = sluice_string(sluice_from(field->name)),
        .logical = sluice_string(sluice_from(field->type)),
        .nullable = !field->required,
    };
}

/// Takes the character at the front off; a byte that is no UTF-8 counts as one.
static uint32_t next_character(sluice_str *text) {
    sluice_str first = sluice_first(*text);
    uint32_t lead = (uint8_t) first.ptr[0];
    uint32_t character = first.len == 1 ? lead : lead & (0xffu >> (first.len + 1));
    for (size_t i = 1; i < first.len; i++) {
        character = character << 6 | ((uint8_t) first.ptr[i] & 0x3f);
    }
    *text = sluice_slice(*text, first.len, text->len);
    return character;
}

static bool is_letter_or_digit(uint32_t c) {
    if (c < 0x80) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    }
    if (c < 0xc0) {
        // Of Latin-1's signs, those that count as letters or numbers.
        return c == 0xaa || c == 0xb2 || c == 0xb3 || c == 0xb5 || (c >= 0xb9 && c != 0xbb && c != 0xbf);
    }
    // Punctuation, blanks, arrows and other signs; marks that fit a letter before them; the byte order mark.
    return c != 0xd7 && c != 0xf7 && !(c >= 0x300 && c < 0x370) && !(c >= 0x2000 && c < 0x2070) &&
           !(c >= 0x20a0 && c < 0x2100) && !(c >= 0x2190 && c < 0x2460) && !(c >= 0x2500 && c < 0x2c00) &&
           !(c >= 0x3000 && c < 0x3005) && !(c >= 0x3008 && c < 0x3021) && c != 0xfeff;
}

/// Lower case of the Latin, Greek and Cyrillic alphabets; there is no table of all the others here.
static uint32_t lower_character(uint32_t c) {
    if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3ab && c != 0x3a2) ||
        (c >= 0x410 && c <= 0x42f)) {
        return c + 0x20;
    }
    if (c >= 0x400 && c <= 0x40f) {
        return c + 0x50;
    }
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e)) {
        return c % 2 ? c + 1 : c;
    }
    if (c >= 0x100 && c <= 0x177 && c != 0x130 && c != 0x131 && c != 0x138 && c != 0x149) {
        return c % 2 ? c : c + 1;
    }
    return c == 0x178 ? 0xff : c;
}

/// A column's name without what people write differently: letters and digits in lower case, nothing else. A name without
/// either is what it is.
static sluice_str plain_name(sluice_str name) {
    sluice_builder plain = { 0 };
    sluice_str rest = name;
    while (rest.len > 0) {
        uint32_t c = next_character(&rest);
        if (is_letter_or_digit(c)) {
            sluice_add_character(&plain, lower_character(c));
        }
    }
    sluice_str built = sluice_built(&plain);
    return built.len > 0 ? built : name;
}

void sluice_find_columns(const sluice_field_t *schema, size_t len, size_t *found) {
    const sluice_field *fields = sluice_the_plugin.fields.ptr;
    size_t count = sluice_the_plugin.fields.len;
    sluice_str *plain = sluice_alloc_array(sluice_str, len);
    bool *taken = sluice_alloc_array(bool, len);
    for (size_t column = 0; column < len; column++) {
        plain[column] = plain_name((sluice_str){ (const char *) schema[column].name.ptr, schema[column].name.len });
    }
    for (size_t i = 0; i < count; i++) {
        found[i] = SLUICE_NOT_FOUND;
    }
    // The first pass is by the exact name, the second by the plain one, and one more for each alias.
    for (size_t pass = 0; pass < 2 + SLUICE_MAX_ALIASES; pass++) {
        for (size_t i = 0; i < count; i++) {
            const char *name = pass < 2 ? fields[i].name : fields[i].aliases[pass - 2];
            if (!name || fields[i].made || found[i] != SLUICE_NOT_FOUND) {
                continue;
            }
            sluice_str wanted = pass == 0 ? sluice_from(name) : plain_name(sluice_from(name));
            for (size_t column = 0; column < len; column++) {
                sluice_str candidate = plain[column];
                if (pass == 0) {
                    candidate = (sluice_str){ (const char *) schema[column].name.ptr, schema[column].name.len };
                }
                if (!taken[column] && sluice_equal(candidate, wanted)) {
                    taken[column] = true;
                    found[i] = column;
                    break;
                }
            }
        }
    }
}

#pragma clang attribute pop
