//! The steps that a manifest may name, and what each takes: one table, of which the checks, the remedies and the JSON
//! Schema are made.

use serde_json::{Map as Table, Value, json};

use self::Shape::{Condition, Flag, OneOf, Pairs, Scalar, Text, Texts, Whole};

/// A step by its name.
#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) name: &'static str,
    /// What may stand alone: `"trim"`.
    pub(crate) alone: bool,
    /// What `{ NAME = … }` says, and what kind of value that is.
    pub(crate) main: Option<(&'static str, Shape)>,
    /// What may stand beside it, or in a table of its own.
    pub(crate) options: &'static [(&'static str, Shape)],
    /// How it is written, for remedies.
    pub(crate) example: &'static str,
    pub(crate) about: &'static str,
}

/// A kind of value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    Text,
    /// A text, or a list of them.
    Texts,
    Whole,
    Flag,
    /// Text, a number or a boolean.
    Scalar,
    OneOf(&'static [&'static str]),
    /// A table of texts.
    Pairs,
    Condition,
}

/// What may become of a value that a step cannot make anything of, where the step gives the column a type.
const TYPED: Shape = OneOf(&["null", "reject", "drop"]);
/// The same, where it stays text.
const ELSE: Shape = OneOf(&["null", "reject", "drop", "keep"]);
const LOCALE: Shape = OneOf(&["plain", "en", "in", "de", "fr", "ch"]);
const NUMBER: &[(&str, Shape)] = &[
    ("as", Text),
    ("locale", LOCALE),
    ("point", Text),
    ("group", Text),
    ("currency", Texts),
    ("percent", OneOf(&["keep", "divide"])),
    ("round", Flag),
    ("else", TYPED),
];
const PLAIN_NUMBER: &[(&str, Shape)] = &[
    ("locale", LOCALE),
    ("point", Text),
    ("group", Text),
    ("currency", Texts),
    ("percent", OneOf(&["keep", "divide"])),
    ("round", Flag),
    ("else", TYPED),
];
const MOMENT: &[(&str, Shape)] = &[("formats", Texts), ("zone", Text), ("else", TYPED)];
const RULE: &[(&str, Shape)] = &[("code", Text), ("message", Text)];

const fn plain(name: &'static str, about: &'static str) -> Word {
    Word {
        name,
        alone: true,
        main: None,
        options: &[],
        example: "",
        about,
    }
}

const fn with(
    name: &'static str,
    main: (&'static str, Shape),
    options: &'static [(&'static str, Shape)],
    example: &'static str,
    about: &'static str,
) -> Word {
    Word {
        name,
        alone: false,
        main: Some(main),
        options,
        example,
        about,
    }
}

const fn or_alone(word: Word) -> Word {
    Word {
        alone: true,
        ..word
    }
}

/// All steps.
pub(crate) const WORDS: &[Word] = &[
    plain("trim", "no white space at the ends"),
    plain(
        "collapse",
        "one blank for each run of white space, and none at the ends",
    ),
    plain("printable", "no control and no invisible characters"),
    plain("lower", "small letters"),
    plain("upper", "capitals"),
    plain("title", "a capital at the start of every word"),
    plain("nfc", "Unicode's form C"),
    plain("nfkc", "Unicode's form KC"),
    plain("strip_accents", "Latin and Greek letters without accents"),
    with(
        "only",
        (
            "chars",
            OneOf(&["digits", "letters", "letters_digits", "ascii"]),
        ),
        &[("also", Text)],
        r#"{ only = "digits" }"#,
        "no other characters",
    ),
    with(
        "replace",
        ("pairs", Pairs),
        &[],
        r#"{ replace = { "old" = "new" } }"#,
        "one text for another",
    ),
    with(
        "before",
        ("mark", Text),
        &[],
        r#"{ before = "@" }"#,
        "what is before the first mark",
    ),
    with(
        "after",
        ("mark", Text),
        &[],
        r#"{ after = "@" }"#,
        "what is after the first mark",
    ),
    with(
        "cut",
        ("most", Whole),
        &[("end", Text)],
        "{ cut = 40 }",
        "no more characters than that",
    ),
    with(
        "pad",
        ("width", Whole),
        &[("with", Text)],
        r#"{ pad = 5, with = "0" }"#,
        "characters before a short text",
    ),
    or_alone(with(
        "email",
        ("else", ELSE),
        &[],
        r#"{ email = { else = "reject" } }"#,
        "an e-mail address",
    )),
    with(
        "map",
        ("pairs", Pairs),
        &[("else", ELSE), ("ignore_case", Flag)],
        r#"{ map = { "UK" = "GB" } }"#,
        "one value for another",
    ),
    with(
        "one_of",
        ("values", Texts),
        &[("else", ELSE), ("ignore_case", Flag)],
        r#"{ one_of = ["web", "email"] }"#,
        "one of some values",
    ),
    plain("empty_to_null", "null for blank text"),
    with(
        "null_if",
        ("values", Texts),
        &[("ignore_case", Flag)],
        r#"{ null_if = ["N/A", "-"] }"#,
        "null for texts that say so",
    ),
    with(
        "default",
        ("value", Scalar),
        &[],
        r#"{ default = "unknown" }"#,
        "a value for what is missing",
    ),
    with(
        "mask",
        ("kind", OneOf(&["email", "phone", "card", "all"])),
        &[("keep_first", Whole), ("keep_last", Whole)],
        r#"{ mask = "email" }"#,
        "most of it as `*`",
    ),
    with(
        "redact",
        ("kinds", Texts),
        &[],
        r#"{ redact = ["email", "card", "phone"] }"#,
        "personal data within text as `*`",
    ),
    or_alone(with(
        "hash",
        ("salt", Text),
        &[("digits", Whole)],
        r#"{ hash = { salt = "…" } }"#,
        "a pseudonym",
    )),
    or_alone(with(
        "integer",
        ("locale", LOCALE),
        PLAIN_NUMBER,
        "\"integer\"",
        "a whole number",
    )),
    or_alone(with(
        "float",
        ("locale", LOCALE),
        PLAIN_NUMBER,
        "\"float\"",
        "a number with a floating point",
    )),
    with(
        "number",
        ("locale", LOCALE),
        NUMBER,
        r#"{ number = { locale = "de", as = "decimal(10,2)" } }"#,
        "a number of a type",
    ),
    or_alone(with(
        "boolean",
        ("else", TYPED),
        &[("true", Texts), ("false", Texts)],
        "\"boolean\"",
        "yes or no",
    )),
    or_alone(with(
        "timestamp",
        ("formats", Texts),
        MOMENT,
        r#"{ timestamp = ["%d.%m.%Y %H:%M", "iso"], zone = "Europe/Berlin" }"#,
        "a date and a time",
    )),
    or_alone(with(
        "date",
        ("formats", Texts),
        &[("formats", Texts), ("else", TYPED)],
        r#"{ date = ["%d.%m.%Y", "iso"] }"#,
        "a date",
    )),
    or_alone(with(
        "required",
        ("code", Text),
        RULE,
        "\"required\"",
        "rejects rows without a value",
    )),
    with(
        "reject_if",
        ("when", Condition),
        RULE,
        r#"{ reject_if = { is = "test" } }"#,
        "rejects rows",
    ),
    with(
        "drop_if",
        ("when", Condition),
        &[],
        r#"{ drop_if = { is = "test" } }"#,
        "drops rows",
    ),
    with(
        "warn_if",
        ("when", Condition),
        RULE,
        r#"{ warn_if = { longer_than = 100 } }"#,
        "points rows out",
    ),
    with(
        "copy",
        ("into", Text),
        &[],
        r#"{ copy = "domain" }"#,
        "the value at this point as another column",
    ),
    with(
        "split",
        ("by", Text),
        &[("into", Texts)],
        r#"{ split = " ", into = ["first", "last"] }"#,
        "pieces as other columns",
    ),
    with(
        "join",
        ("columns", Texts),
        &[("with", Text)],
        r#"{ join = ["first", "last"], with = " " }"#,
        "a column made of others",
    ),
    with(
        "explode",
        ("by", Text),
        &[],
        r#"{ explode = ";" }"#,
        "a row for each piece",
    ),
    with(
        "from",
        ("names", Texts),
        &[],
        r#"{ from = ["E-Mail", "Mail"] }"#,
        "other names that files have for the column",
    ),
    with(
        "rename",
        ("to", Text),
        &[],
        r#"{ rename = "mail" }"#,
        "another name on the way out",
    ),
    plain("remove", "not part of the output"),
    plain("drop_blank_rows", "drops rows without any value"),
];

/// What other tools call some of them.
pub(crate) const OTHER_NAMES: &[(&str, &str)] = &[
    ("alias", "from"),
    ("aliases", "from"),
    ("allowed", "one_of"),
    ("anonymize", "mask"),
    ("bool", "boolean"),
    ("capitalize", "title"),
    ("coalesce", "default"),
    ("concat", "join"),
    ("convert", "number"),
    ("datetime", "timestamp"),
    ("decimal", "number"),
    ("delete", "remove"),
    ("drop", "drop_if"),
    ("drop_column", "remove"),
    ("duplicate", "copy"),
    ("enum", "one_of"),
    ("exclude", "remove"),
    ("fill", "default"),
    ("fillna", "default"),
    ("filter", "drop_if"),
    ("int", "integer"),
    ("lookup", "map"),
    ("lowercase", "lower"),
    ("money", "number"),
    ("normalize", "nfc"),
    ("not_null", "required"),
    ("nullif", "null_if"),
    ("pseudonym", "hash"),
    ("reject", "reject_if"),
    ("sha256", "hash"),
    ("squish", "collapse"),
    ("strip", "trim"),
    ("substring", "cut"),
    ("time", "timestamp"),
    ("titlecase", "title"),
    ("truncate", "cut"),
    ("unidecode", "strip_accents"),
    ("uppercase", "upper"),
    ("warn", "warn_if"),
];

/// What a condition may say.
pub(crate) const CONDITIONS: &[(&str, Shape)] = &[
    ("empty", Flag),
    ("is", Texts),
    ("is_not", Texts),
    ("starts_with", Texts),
    ("ends_with", Texts),
    ("contains", Texts),
    ("longer_than", Whole),
    ("shorter_than", Whole),
    ("above", Scalar),
    ("below", Scalar),
    ("ignore_case", Flag),
];

impl Word {
    /// The step of that name.
    pub(crate) fn find(name: &str) -> Option<&'static Word> {
        WORDS.iter().find(|word| word.name == name)
    }

    /// What an option of it takes; `main` under the name that it has in a table.
    pub(crate) fn shape(&self, option: &str) -> Option<Shape> {
        self.main
            .iter()
            .chain(self.options)
            .find(|(name, _)| *name == option)
            .map(|(_, shape)| *shape)
    }

    /// The names of all that it takes.
    pub(crate) fn takes(&self) -> Vec<&'static str> {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in self.main.iter().chain(self.options) {
            if !names.contains(name) {
                names.push(name);
            }
        }
        names
    }

    /// Whether `{ NAME = { … } }` are its options, and not the one thing that it is about.
    pub(crate) fn has_options_inside(&self) -> bool {
        !matches!(self.main, None | Some((_, Pairs | Condition)))
    }
}

/// The JSON Schema of the configuration.
pub(crate) fn schema() -> String {
    let steps: Vec<Value> = WORDS.iter().flat_map(schemas).collect();
    json!({
        "type": "object",
        "description": "For each field, the step or steps that its values go through; for `*`, those of every column.",
        "additionalProperties": { "$ref": "#/$defs/steps" },
        "$defs": {
            "steps": { "anyOf": [ { "$ref": "#/$defs/step" }, { "type": "array", "items": { "$ref": "#/$defs/step" } } ] },
            "step": { "anyOf": steps },
            "condition": condition_schema(),
            "texts": { "anyOf": [ { "type": "string" }, { "type": "array", "items": { "type": "string" } } ] },
            "scalar": { "type": ["string", "number", "boolean"] }
        }
    })
    .to_string()
}

fn schemas(word: &Word) -> Vec<Value> {
    let mut schemas = Vec::new();
    if word.alone {
        schemas.push(json!({ "const": word.name, "description": word.about }));
    }
    let Some((main, shape)) = word.main else {
        return schemas;
    };
    let properties = |options: &[(&str, Shape)]| -> Table<String, Value> {
        options
            .iter()
            .map(|(name, shape)| ((*name).to_owned(), shape.schema()))
            .collect()
    };
    let mut beside = properties(word.options);
    let mut value = shape.schema();
    if word.has_options_inside() {
        let mut inside = properties(word.options);
        inside.insert(main.to_owned(), shape.schema());
        let inside =
            json!({ "type": "object", "properties": inside, "additionalProperties": false });
        value = json!({ "anyOf": [value, inside] });
    }
    beside.insert(word.name.to_owned(), value);
    schemas.push(json!({
        "type": "object", "description": word.about, "properties": beside, "required": [word.name], "additionalProperties": false
    }));
    schemas
}

fn condition_schema() -> Value {
    let properties: Table<String, Value> = CONDITIONS
        .iter()
        .map(|(name, shape)| ((*name).to_owned(), shape.schema()))
        .collect();
    json!({ "anyOf": [
        { "enum": ["empty", "not_empty"] },
        { "type": "object", "properties": properties, "additionalProperties": false, "minProperties": 1 }
    ] })
}

impl Shape {
    fn schema(self) -> Value {
        match self {
            Text => json!({ "type": "string" }),
            Texts => json!({ "$ref": "#/$defs/texts" }),
            Whole => json!({ "type": "integer", "minimum": 0 }),
            Flag => json!({ "type": "boolean" }),
            Scalar => json!({ "$ref": "#/$defs/scalar" }),
            OneOf(words) => json!({ "enum": words }),
            Pairs => {
                json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/scalar" } })
            }
            Condition => json!({ "$ref": "#/$defs/condition" }),
        }
    }
}
