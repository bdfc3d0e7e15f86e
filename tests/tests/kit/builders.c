// Texts that are built in a column's own memory: what is in a builder is this row's alone, and can be set again.

#include "sluice/sluice.h"

enum { TEXT, TWICE };

static const sluice_field fields[] = {
    [TEXT] = { "text", SLUICE_TEXT },
    [TWICE] = { "twice", SLUICE_TEXT, .made = true },
};

static sluice_outcome clean(sluice_row *row) {
    sluice_builder *builder = sluice_build_text(row, TEXT);
    sluice_add(builder, "  <");
    sluice_add(builder, sluice_get_text(row, TEXT));
    sluice_add(builder, "0123456789abcdefghij  ");
    sluice_set_text(row, TWICE, sluice_built(builder));
    sluice_set_text(row, TEXT, sluice_trim(sluice_built(builder)));
    return SLUICE_KEEP;
}

SLUICE_PLUGIN(
    .name = "builders",
    .version = "0.1.0",
    .fields = SLUICE_FIELDS(fields),
    .clean = clean,
)
