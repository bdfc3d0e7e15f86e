// The contract's three functions, for the plugin that the author declared.

#include "internal.h"

/// Where the columns are, once the plugin is configured.
static struct {
    bool is_configured;
    /// By field: its input column and its output column, or `SLUICE_NOT_FOUND`.
    size_t *inputs;
    size_t *outputs;
    /// Input columns that go through untouched, behind the fields.
    uint32_t *passed;
    size_t passed_len;
} columns;

size_t sluice_input_column(size_t field) {
    return columns.is_configured && field < sluice_the_plugin.fields.len ? columns.inputs[field] : SLUICE_NOT_FOUND;
}

size_t sluice_output_column(size_t field) {
    return columns.is_configured && field < sluice_the_plugin.fields.len ? columns.outputs[field] : SLUICE_NOT_FOUND;
}

void exports_plugin_describe(exports_plugin_descriptor_t *descriptor) {
    const sluice_plugin *plugin = &sluice_the_plugin;
    sluice_field_t *read = sluice_alloc_array(sluice_field_t, plugin->fields.len);
    sluice_field_t *written = sluice_alloc_array(sluice_field_t, plugin->fields.len);
    size_t read_len = 0, written_len = 0;
    for (size_t i = 0; i < plugin->fields.len; i++) {
        const sluice_field *field = &plugin->fields.ptr[i];
        if (!field->name || !field->type) {
            sluice_panic(sluice_format("field %zu has no name or no type", i));
        }
        if (!field->made) {
            read[read_len++] = sluice_describe_field(field);
        }
        if (!field->consumed) {
            written[written_len++] = sluice_describe_field(field);
        }
    }
    *descriptor = (exports_plugin_descriptor_t){
        .name = sluice_string(sluice_from(plugin->name)),
        .version = sluice_string(sluice_from(plugin->version)),
        .inputs = { read, read_len },
        .outputs = { written, written_len },
        .config_schema = sluice_string(sluice_from(plugin->config_schema)),
    };
    sluice_memory_done();
}

bool exports_plugin_configure(exports_plugin_list_field_t *schema, transformer_list_tuple2_string_string_t *entries,
                              exports_plugin_list_field_t *outputs, exports_plugin_failure_t *failure) {
    const sluice_plugin *plugin = &sluice_the_plugin;
    sluice_config config = { .entries = entries->ptr, .len = entries->len };
    if (plugin->configure) {
        plugin->configure(&config);
    } else {
        sluice_config_allow_keys(&config, NULL, 0);
    }
    if (config.refused) {
        *failure = config.failure;
        sluice_memory_done();
        return false;
    }
    size_t fields = plugin->fields.len;
    columns.inputs = sluice_alloc_array(size_t, fields);
    columns.outputs = sluice_alloc_array(size_t, fields);
    columns.passed = sluice_alloc_array(uint32_t, schema->len);
    columns.passed_len = 0;
    sluice_find_columns(schema->ptr, schema->len, columns.inputs);
    sluice_field_t *made = sluice_alloc_items(fields + schema->len, sizeof *made);
    size_t len = 0;
    for (size_t i = 0; i < fields; i++) {
        columns.outputs[i] = SLUICE_NOT_FOUND;
        if (!plugin->fields.ptr[i].consumed) {
            columns.outputs[i] = len;
            made[len++] = sluice_describe_field(&plugin->fields.ptr[i]);
        }
    }
    for (size_t column = 0; column < schema->len; column++) {
        bool is_taken = false;
        for (size_t i = 0; i < fields; i++) {
            is_taken |= columns.inputs[i] == column;
        }
        for (size_t i = 0; i < len; i++) {
            transformer_string_t *name = &schema->ptr[column].name;
            is_taken |= sluice_equal(((sluice_str){ (const char *) name->ptr, name->len }),
                                     ((sluice_str){ (const char *) made[i].name.ptr, made[i].name.len }));
        }
        if (!is_taken) {
            columns.passed[columns.passed_len++] = (uint32_t) column;
            made[len++] = schema->ptr[column];
        }
    }
    columns.is_configured = true;
    *outputs = (exports_plugin_list_field_t){ made, len };
    sluice_memory_keep();
    return true;
}

/// The output of the rows that `row` has been through.
static sluice_output_t finished(sluice_row *row) {
    size_t fields = sluice_the_plugin.fields.len;
    sluice_out_column_t *made = sluice_alloc_items(fields + columns.passed_len, sizeof *made);
    size_t len = 0;
    for (size_t field = 0; field < fields; field++) {
        if (columns.outputs[field] != SLUICE_NOT_FOUND) {
            made[len++] = sluice_finish(row, field, columns.inputs[field]);
        }
    }
    sluice_origins *origins = &row->origins;
    uint32_t rows = origins->count;
    if (origins->rows && row->phantoms > 0) {
        for (size_t i = 0; i < len; i++) {
            if (made[i].tag == SLUICE_OUT_COLUMN_REPLACE) {
                sluice_leave_out(&made[i].val.replace, rows, row->rejected, row->phantoms);
            }
        }
        uint32_t next = 0, left = 0;
        for (uint32_t i = 0; i < rows; i++) {
            if (next < row->phantoms && row->rejected[next] == i) {
                next++;
            } else {
                origins->rows[left++] = origins->rows[i];
            }
        }
        rows = left;
    }
    for (size_t i = 0; i < columns.passed_len; i++) {
        made[len++] = (sluice_out_column_t){ .tag = SLUICE_OUT_COLUMN_KEEP, .val.keep = columns.passed[i] };
    }
    return (sluice_output_t){
        .rows = rows,
        .columns = { made, len },
        .source_rows = { .is_some = origins->rows != NULL, .val = { origins->rows, rows } },
        .rejected = { row->rejected, row->rejected_len },
        .findings = { row->findings, row->findings_len },
    };
}

bool exports_plugin_transform(exports_plugin_batch_t *batch, exports_plugin_origin_t *origin,
                              exports_plugin_output_t *output, exports_plugin_failure_t *failure) {
    const sluice_plugin *plugin = &sluice_the_plugin;
    if (!columns.is_configured) {
        failure->code = sluice_string(SLUICE_STR("not_configured"));
        failure->message = sluice_string(SLUICE_STR("`transform` came before `configure`"));
        sluice_memory_done();
        return false;
    }
    size_t fields = plugin->fields.len;
    sluice_input *inputs = sluice_alloc_array(sluice_input, fields);
    sluice_out *outputs = sluice_alloc_array(sluice_out, fields);
    for (size_t i = 0; i < fields; i++) {
        const sluice_field *field = &plugin->fields.ptr[i];
        if (!sluice_borrow(field, batch, columns.inputs[i], &inputs[i], failure)) {
            sluice_memory_done();
            return false;
        }
        outputs[i].kind = field->consumed ? SLUICE_KIND_NONE : sluice_kind_of(field->type);
    }
    sluice_row row = {
        .inputs = inputs,
        .outputs = outputs,
        .fields = fields,
        .origin = origin,
        .batch_rows = batch->rows,
    };
    bool is_done = true;
    if (plugin->transform) {
        row.origins.count = batch->rows;
        *output = finished(&row);
        is_done = plugin->transform(batch, origin, output, failure);
    } else if (plugin->clean) {
        sluice_clean_rows(&row);
        *output = finished(&row);
    } else {
        sluice_panic("the plugin has neither `clean` nor `transform`");
    }
    sluice_memory_done();
    return is_done;
}

#pragma clang attribute pop
