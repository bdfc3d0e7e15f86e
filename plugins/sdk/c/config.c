// The `config` table of a plugin in the manifest.

#include "internal.h"

static sluice_str text_of(transformer_string_t string) {
    return (sluice_str){ (const char *) string.ptr, string.len };
}

static bool find(const sluice_config *config, const char *key, sluice_str *value) {
    for (size_t i = 0; i < config->len; i++) {
        if (sluice_equal(text_of(config->entries[i].f0), key)) {
            *value = text_of(config->entries[i].f1);
            return true;
        }
    }
    return false;
}

bool sluice_config_has(const sluice_config *config, const char *key) {
    sluice_str value;
    return find(config, key, &value);
}

sluice_str sluice_config_text_str(const sluice_config *config, const char *key, sluice_str fallback) {
    sluice_str value;
    return find(config, key, &value) ? value : fallback;
}

sluice_str sluice_config_names(const sluice_config *config, const char *key) {
    sluice_str text = sluice_trim(sluice_config_text_str(config, key, SLUICE_EMPTY));
    if (text.len == 0 || text.ptr[0] != '[') {
        return text;
    }
    sluice_builder names = { 0 };
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        sluice_add_character(&names, c == '[' || c == ']' || c == '"' ? ' ' : c);
    }
    return sluice_built(&names);
}

int64_t sluice_config_integer(sluice_config *config, const char *key, int64_t fallback) {
    sluice_str text;
    int64_t value;
    if (!find(config, key, &text)) {
        return fallback;
    }
    if (!sluice_parse_integer(text, &value)) {
        sluice_config_wrong(config, key, "a whole number");
        return fallback;
    }
    return value;
}

double sluice_config_float(sluice_config *config, const char *key, double fallback) {
    sluice_str text;
    double value;
    if (!find(config, key, &text)) {
        return fallback;
    }
    if (!sluice_parse_float(text, &value)) {
        sluice_config_wrong(config, key, "a number");
        return fallback;
    }
    return value;
}

bool sluice_config_boolean(sluice_config *config, const char *key, bool fallback) {
    sluice_str text;
    bool value;
    if (!find(config, key, &text)) {
        return fallback;
    }
    if (!sluice_parse_boolean(text, &value)) {
        sluice_config_wrong(config, key, "`true` or `false`");
        return fallback;
    }
    return value;
}

void sluice_config_allow_keys(sluice_config *config, const char *const *keys, size_t count) {
    for (size_t i = 0; i < config->len; i++) {
        sluice_str key = text_of(config->entries[i].f0);
        bool known = false;
        for (size_t k = 0; k < count; k++) {
            known |= sluice_equal(key, keys[k]);
        }
        if (known) {
            continue;
        }
        if (count == 0) {
            sluice_config_refuse(config, "unknown_config",
                                 sluice_format("`%.*s` is set, and this plugin has no configuration", SLUICE_ARG(key)));
            return;
        }
        sluice_builder message = { 0 };
        sluice_add_format(&message, "`%.*s` is not known; known are ", SLUICE_ARG(key));
        for (size_t k = 0; k < count; k++) {
            sluice_add_format(&message, "%s`%s`", k == 0 ? "" : ", ", keys[k]);
        }
        sluice_config_refuse(config, "unknown_config", sluice_built(&message));
        return;
    }
}

void sluice_config_wrong(sluice_config *config, const char *key, const char *expected) {
    sluice_str value = sluice_config_text(config, key, "");
    sluice_config_refuse(config, "bad_config",
                         sluice_format("`%s` is `%.*s`, and should be %s", key, SLUICE_ARG(value), expected));
}

void sluice_config_refuse_str(sluice_config *config, sluice_str code, sluice_str message) {
    if (!config->refused) {
        config->refused = true;
        config->failure.code = sluice_string(sluice_copy(code));
        config->failure.message = sluice_string(sluice_copy(message));
    }
}

bool sluice_config_ok(const sluice_config *config) {
    return !config->refused;
}

#pragma clang attribute pop
