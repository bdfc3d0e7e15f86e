//! The steps that a manifest may name, each in one line: what it takes, how it is built, and what people are told of it. The
//! remedies and the JSON Schema are made of this list too, and the manual is held against it.

use crate::build::Builder::{self, Column, Plain, Step};
use crate::build::{arithmetic, column, json, moment, number, private, regex, rule, text, values};
use crate::options::Shape::{
    self, Condition, Flag, Members, OneOf, Operands, Pairs, Scalar, Text, Texts, Whole,
};
use crate::steps::{blanks, letters, words};

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
    /// Whether it can be done to the rows alone for which other columns have some value: `when`.
    pub(crate) is_of_rows: bool,
    pub(crate) build: Builder,
    /// How it is written, for remedies.
    pub(crate) example: &'static str,
    pub(crate) about: &'static str,
}

/// All steps.
#[rustfmt::skip]
pub(crate) static WORDS: &[Word] = &[
    alone("trim", Plain(blanks::trim), "no white space at the ends").of_rows(),
    alone("collapse", Plain(blanks::collapse), "one blank for each run of white space, and none at the ends").of_rows(),
    alone("printable", Plain(blanks::printable), "no control and no invisible characters").of_rows(),
    alone("lower", Plain(letters::lower), "small letters").of_rows(),
    alone("upper", Plain(letters::upper), "capitals").of_rows(),
    alone("title", Plain(letters::title), "a capital at the start of every word").of_rows(),
    alone("nfc", Plain(letters::nfc), "Unicode's form C").of_rows(),
    alone("nfkc", Plain(letters::nfkc), "Unicode's form KC").of_rows(),
    alone("strip_accents", Plain(letters::strip_accents), "Latin and Greek letters without accents").of_rows(),
    with("only", ("chars", CHARS), &[("also", Text)], Step(text::only), r#"{ only = "digits" }"#, "no other characters").of_rows(),
    with("replace", ("pairs", Pairs), &[], Step(text::replace), r#"{ replace = { "old" = "new" } }"#, "one text for another").of_rows(),
    with("before", ("mark", Text), &[], Step(text::before), r#"{ before = "@" }"#, "what is before the first mark").of_rows(),
    with("after", ("mark", Text), &[], Step(text::after), r#"{ after = "@" }"#, "what is after the first mark").of_rows(),
    with("regex_extract", ("pattern", Text), &[("into", Texts), ("else", ELSE)], Step(regex::regex_extract), r#"{ regex_extract = "ORD-([0-9]+)" }"#, "what a regular expression finds"),
    with("regex_replace", ("pattern", Text), &[("with", Text)], Step(regex::regex_replace), r#"{ regex_replace = "[0-9]+", with = "…" }"#, "a text for all that a regular expression finds").of_rows(),
    with("cut", ("most", Whole), &[("end", Text)], Step(text::cut), "{ cut = 40 }", "no more characters than that").of_rows(),
    with("pad", ("width", Whole), &[("with", Text)], Step(text::pad), r#"{ pad = 5, with = "0" }"#, "characters before a short text").of_rows(),
    with("email", ("else", ELSE), &[], Step(text::email), r#"{ email = { else = "reject" } }"#, "an e-mail address").or_alone().of_rows(),
    with("map", ("pairs", Pairs), WORD, Step(values::map), r#"{ map = { "UK" = "GB" } }"#, "one value for another").of_rows(),
    with("lookup", ("table", Text), LOOKUP, Step(values::lookup), r#"{ lookup = "countries" }"#, "a value of a table").of_rows(),
    with("one_of", ("values", Texts), WORD, Step(values::one_of), r#"{ one_of = ["web", "email"] }"#, "one of some values").of_rows(),
    alone("empty_to_null", Plain(words::empty_to_null), "null for blank text").of_rows(),
    with("null_if", ("values", Texts), &[("ignore_case", Flag)], Step(values::null_if), r#"{ null_if = ["N/A", "-"] }"#, "null for texts that say so").of_rows(),
    with("default", ("value", Scalar), &[], Step(values::default), r#"{ default = "unknown" }"#, "a value for what is missing").of_rows(),
    with("mask", ("kind", MASKS), &[("keep_first", Whole), ("keep_last", Whole)], Step(private::mask), r#"{ mask = "email" }"#, "most of it as `*`").of_rows(),
    with("redact", ("kinds", Texts), &[], Step(private::redact), r#"{ redact = ["email", "card", "phone"] }"#, "personal data within text as `*`").of_rows(),
    with("hash", ("salt", Text), &[("digits", Whole)], Step(private::hash), r#"{ hash = { salt = "…" } }"#, "a pseudonym").or_alone().of_rows(),
    with("integer", ("locale", LOCALE), NUMBER, Step(number::integer), "\"integer\"", "a whole number").or_alone(),
    with("float", ("locale", LOCALE), NUMBER, Step(number::float), "\"float\"", "a number with a floating point").or_alone(),
    with("number", ("locale", LOCALE), NUMBER_AS, Step(number::number), r#"{ number = { locale = "de", as = "decimal(10,2)" } }"#, "a number of a type"),
    with("boolean", ("else", TYPED), &[("true", Texts), ("false", Texts)], Step(values::boolean), "\"boolean\"", "yes or no").or_alone(),
    with("timestamp", ("formats", Texts), MOMENT, Step(moment::timestamp), r#"{ timestamp = ["%d.%m.%Y %H:%M", "iso"], zone = "Europe/Berlin" }"#, "a date and a time").or_alone(),
    with("date", ("formats", Texts), DATE, Step(moment::date), r#"{ date = ["%d.%m.%Y", "iso"] }"#, "a date").or_alone(),
    with("required", ("code", Text), RULE, Step(rule::required), "\"required\"", "rejects rows without a value").or_alone().of_rows(),
    with("reject_if", ("condition", Condition), RULE, Step(rule::reject_if), r#"{ reject_if = { is = "test" } }"#, "rejects rows").of_rows(),
    with("drop_if", ("condition", Condition), &[], Step(rule::drop_if), r#"{ drop_if = { is = "test" } }"#, "drops rows").of_rows(),
    with("warn_if", ("condition", Condition), RULE, Step(rule::warn_if), r#"{ warn_if = { longer_than = 100 } }"#, "points rows out").of_rows(),
    with("copy", ("into", Text), &[], Step(column::copy), r#"{ copy = "domain" }"#, "the value at this point as another column"),
    with("split", ("by", Text), &[("into", Texts)], Step(column::split), r#"{ split = " ", into = ["first", "last"] }"#, "pieces as other columns"),
    with("join", ("columns", Texts), &[("with", Text)], Column(column::join), r#"{ join = ["first", "last"], with = " " }"#, "a column made of others"),
    with("coalesce", ("columns", Texts), &[], Column(column::coalesce), r#"{ coalesce = ["mobile", "phone"] }"#, "the first of others that has a value"),
    with("add", ("of", Operands), COMPUTE, Column(arithmetic::add), r#"{ add = ["net", "tax"], as = "decimal(12,2)" }"#, "the sum of others"),
    with("subtract", ("of", Operands), COMPUTE, Column(arithmetic::subtract), r#"{ subtract = ["gross", "tax"], as = "decimal(12,2)" }"#, "one less another"),
    with("multiply", ("of", Operands), COMPUTE, Column(arithmetic::multiply), r#"{ multiply = ["price", "quantity"], as = "decimal(12,2)" }"#, "the product of others"),
    with("divide", ("of", Operands), COMPUTE, Column(arithmetic::divide), r#"{ divide = ["total", "quantity"], as = "decimal(12,4)" }"#, "one divided by another"),
    with("json_path", ("path", Text), &[("else", ELSE)], Step(json::json_path), r#"{ json_path = "customer.phones[0]" }"#, "a part of JSON"),
    with("explode", ("by", Text), &[("into", Members)], Step(column::explode), r#"{ explode = ";" }"#, "a row for each piece").or_alone(),
    with("from", ("names", Texts), &[], Column(column::from), r#"{ from = ["E-Mail", "Mail"] }"#, "other names that files have for the column"),
    with("rename", ("to", Text), &[], Column(column::rename), r#"{ rename = "mail" }"#, "another name on the way out"),
    alone("remove", Column(column::remove), "not part of the output"),
    alone("drop_blank_rows", Column(column::drop_blank_rows), "drops rows without any value"),
];

/// What may become of a value that a step cannot make anything of, where the step gives the column a type.
const TYPED: Shape = OneOf(&["null", "reject", "drop"]);
/// The same, where it stays text.
const ELSE: Shape = OneOf(&["null", "reject", "drop", "keep"]);
const CHARS: Shape = OneOf(&["digits", "letters", "letters_digits", "ascii"]);
const MASKS: Shape = OneOf(&["email", "phone", "card", "all"]);
const LOCALE: Shape = OneOf(&["plain", "en", "in", "de", "fr", "ch"]);
const NUMBER_AS: &[(&str, Shape)] = &[
    ("as", Text),
    ("locale", LOCALE),
    ("point", Text),
    ("group", Text),
    ("currency", Texts),
    ("percent", OneOf(&["keep", "divide"])),
    ("round", Flag),
    ("else", TYPED),
];
/// The same, where the name of the step says the type.
const NUMBER: &[(&str, Shape)] = NUMBER_AS.split_at(1).1;
const MOMENT: &[(&str, Shape)] = &[("formats", Texts), ("zone", Text), ("else", TYPED)];
const DATE: &[(&str, Shape)] = &[("formats", Texts), ("else", TYPED)];
const RULE: &[(&str, Shape)] = &[("code", Text), ("message", Text)];
const LOOKUP: &[(&str, Shape)] = &[
    ("by", Text),
    ("column", Text),
    ("else", ELSE),
    ("ignore_case", Flag),
];
const COMPUTE: &[(&str, Shape)] = &[("as", Text), ("else", TYPED)];
const WORD: &[(&str, Shape)] = &[("else", ELSE), ("ignore_case", Flag)];

/// What other tools call some of them.
pub(crate) static OTHER_NAMES: &[(&str, &str)] = &[
    ("alias", "from"),
    ("aliases", "from"),
    ("allowed", "one_of"),
    ("anonymize", "mask"),
    ("bool", "boolean"),
    ("capitalize", "title"),
    ("calculate", "add"),
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
    ("extract", "regex_extract"),
    ("filter", "drop_if"),
    ("gsub", "regex_replace"),
    ("int", "integer"),
    ("jsonpath", "json_path"),
    ("lowercase", "lower"),
    ("money", "number"),
    ("normalize", "nfc"),
    ("not_null", "required"),
    ("nullif", "null_if"),
    ("pseudonym", "hash"),
    ("reject", "reject_if"),
    ("regex", "regex_extract"),
    ("regexp_extract", "regex_extract"),
    ("regexp_replace", "regex_replace"),
    ("sha256", "hash"),
    ("squish", "collapse"),
    ("strip", "trim"),
    ("sum", "add"),
    ("substring", "cut"),
    ("time", "timestamp"),
    ("times", "multiply"),
    ("titlecase", "title"),
    ("truncate", "cut"),
    ("unidecode", "strip_accents"),
    ("uppercase", "upper"),
    ("warn", "warn_if"),
];

impl Word {
    /// The step of that name.
    pub(crate) fn find(name: &str) -> Option<&'static Word> {
        WORDS.iter().find(|word| word.name == name)
    }

    /// All that it takes; `main` under the name that it has in a table.
    pub(crate) fn takes(&self) -> Vec<(&'static str, Shape)> {
        let mut takes: Vec<(&str, Shape)> = Vec::new();
        for (name, shape) in self.main.iter().chain(self.options) {
            if takes.iter().all(|(taken, _)| taken != name) {
                takes.push((*name, *shape));
            }
        }
        takes
    }

    /// Whether `{ NAME = { … } }` are its options, and not the one thing that it is about.
    pub(crate) fn has_options_inside(&self) -> bool {
        !matches!(self.main, None | Some((_, Pairs | Condition)))
    }

    const fn of_rows(self) -> Word {
        Word {
            is_of_rows: true,
            ..self
        }
    }

    const fn or_alone(self) -> Word {
        Word {
            alone: true,
            ..self
        }
    }
}

/// A step that takes nothing.
const fn alone(name: &'static str, build: Builder, about: &'static str) -> Word {
    Word {
        name,
        alone: true,
        main: None,
        options: &[],
        is_of_rows: false,
        build,
        example: "",
        about,
    }
}

/// A step that must be told something.
const fn with(
    name: &'static str,
    main: (&'static str, Shape),
    options: &'static [(&'static str, Shape)],
    build: Builder,
    example: &'static str,
    about: &'static str,
) -> Word {
    Word {
        name,
        alone: false,
        main: Some(main),
        options,
        is_of_rows: false,
        build,
        example,
        about,
    }
}
