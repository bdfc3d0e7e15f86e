//! What a plugin declares about its columns, and the handles by which a row gets at them.

use crate::contract;

/// One column that a plugin deals with: what it is called, and what it is when the plugin is done with it.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) logical: &'static str,
    pub(crate) nullable: bool,
    pub(crate) read: bool,
    pub(crate) written: bool,
}

/// The handle of a [`Field`]: the constants that [`plugin!`](crate::plugin) makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column(pub(crate) usize);

impl Column {
    /// The handle of the `index`-th field of the declaration. [`plugin!`](crate::plugin) calls it.
    pub const fn nth(index: usize) -> Column {
        Column(index)
    }
}

/// Text. A row in which it is not set keeps what came in.
pub const fn text(name: &'static str) -> Field {
    Field {
        name,
        aliases: &[],
        logical: "text",
        nullable: true,
        read: true,
        written: true,
    }
}

/// JSON text. A row in which it is not set keeps what came in.
pub const fn json(name: &'static str) -> Field {
    Field {
        logical: "json",
        ..text(name)
    }
}

/// A 64-bit integer, null where it is not set.
pub const fn integer(name: &'static str) -> Field {
    Field {
        logical: "integer",
        ..text(name)
    }
}

/// A 64-bit float, null where it is not set.
pub const fn float(name: &'static str) -> Field {
    Field {
        logical: "float",
        ..text(name)
    }
}

/// An exact number, set as text; `logical` is such as `decimal(10,2)`. A row in which it is not set keeps what came in.
pub const fn decimal(name: &'static str, logical: &'static str) -> Field {
    Field {
        logical,
        ..text(name)
    }
}

/// True or false, null where it is not set.
pub const fn boolean(name: &'static str) -> Field {
    Field {
        logical: "boolean",
        ..text(name)
    }
}

/// Microseconds since 1970-01-01T00:00:00Z, null where it is not set.
pub const fn timestamp(name: &'static str) -> Field {
    Field {
        logical: "timestamp",
        ..text(name)
    }
}

/// Days since 1970-01-01, null where it is not set.
pub const fn date(name: &'static str) -> Field {
    Field {
        logical: "date",
        ..text(name)
    }
}

impl Field {
    /// Other names that files have for it. Case, blanks, hyphens and underscores make no difference: `Created At` is
    /// found by `created_at`.
    pub const fn aliases(self, aliases: &'static [&'static str]) -> Field {
        Field { aliases, ..self }
    }

    /// Never null in a row that is kept.
    pub const fn required(self) -> Field {
        Field {
            nullable: false,
            ..self
        }
    }

    /// Made by the plugin: a column of that name in the input is not read.
    pub const fn made(self) -> Field {
        Field {
            read: false,
            ..self
        }
    }

    /// Read by the plugin, and not part of its output.
    pub const fn consumed(self) -> Field {
        Field {
            written: false,
            ..self
        }
    }

    /// Whether its values are text on the way out.
    pub(crate) fn is_text(&self) -> bool {
        !matches!(
            self.logical,
            "integer" | "float" | "boolean" | "timestamp" | "date"
        )
    }

    pub(crate) fn describe(&self) -> contract::Field {
        contract::Field {
            name: self.name.into(),
            logical: self.logical.into(),
            nullable: self.nullable,
        }
    }
}

/// Finds the column of `schema` for each of `fields` that is read, as [`find_columns`](crate::find_columns) does.
pub(crate) fn find_columns(fields: &[Field], schema: &[contract::Field]) -> Vec<Option<usize>> {
    let names: Vec<Vec<&str>> = fields
        .iter()
        .map(|field| match field.read {
            true => [&[field.name], field.aliases].concat(),
            false => Vec::new(),
        })
        .collect();
    crate::find_columns(&names, schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str], expected: &[Option<usize>]) {
        const FIELDS: &[Field] = &[
            text("id"),
            text("submitted_at").aliases(&["created", "date"]),
            text("date").made(),
        ];
        let schema: Vec<contract::Field> = names
            .iter()
            .map(|name| contract::Field {
                name: (*name).into(),
                logical: "text".into(),
                nullable: true,
            })
            .collect();
        assert_eq!(find_columns(FIELDS, &schema), expected, "{names:?}");
    }

    #[test]
    fn names_are_found_however_they_are_written() {
        check(&["id", "submitted_at"], &[Some(0), Some(1), None]);
        check(&["Submitted At", " ID "], &[Some(1), Some(0), None]);
        check(&["SubmittedAt", "submitted_at"], &[None, Some(1), None]);
        check(&["Date", "created"], &[None, Some(1), None]);
        check(&["Date"], &[None, Some(0), None]);
        check(&[], &[None, None, None]);
    }
}
