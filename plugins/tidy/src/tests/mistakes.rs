//! What is said of a wrong configuration, and where.

use toml::Table;

use super::{config, configured};
use crate::vocabulary::WORDS;

pub(super) fn refusal(config: &[(&str, &str)]) -> String {
    let entries: Vec<(String, String)> = config
        .iter()
        .map(|(key, value)| ((*key).into(), (*value).into()))
        .collect();
    configured(&entries, &[])
        .err()
        .map(|failure| failure.message)
        .unwrap_or_default()
}

#[test]
fn every_example_of_a_remedy_is_right() {
    for word in WORDS.iter().filter(|word| !word.example.is_empty()) {
        let table: Table = toml::from_str(&format!("x = {}", word.example)).unwrap();
        assert_eq!(
            configured(&config(&table), &[])
                .err()
                .map(|failure| failure.message),
            None,
            "{}",
            word.name
        );
    }
}

#[test]
fn names_of_other_tools_lead_to_steps() {
    for (other, step) in crate::vocabulary::OTHER_NAMES {
        assert!(
            WORDS.iter().all(|word| word.name != *other)
                && WORDS.iter().any(|word| word.name == *step),
            "{other}"
        );
    }
}

#[test]
fn mistakes() {
    fn check(key: &str, value: &str, expected: &str) {
        assert_eq!(refusal(&[(key, value)]), expected, "{value}");
    }
    check(
        "x",
        "trimm",
        "`x`: `trimm` is no step: did you mean `trim`?",
    );
    check("x", "Trim", "`x`: `Trim` is no step: did you mean `trim`?");
    check(
        "x",
        "cut",
        "`x`: `cut` needs to be told more: write `{ cut = 40 }`",
    );
    check(
        "x",
        r#"{"trim":1}"#,
        "`x`: `trim` takes nothing: write `\"trim\"`",
    );
    check(
        "x",
        r#"[5]"#,
        "`x[0]`: `5` is no step: write the name of one, or a table such as `{ cut = 40 }`",
    );
    check(
        "x",
        r#"{}"#,
        "`x`: `{}` names no step: write the name of one",
    );
    check(
        "x",
        r#"{"cut":5,"mask":"all"}"#,
        "`x`: `cut` and `mask` are two steps in one table: write each in a table of its own",
    );
    check(
        "x",
        r#"{"cut":5,"ende":"…"}"#,
        "`x.ende`: `ende` is no option: did you mean `end`?",
    );
    check(
        "x",
        r#"{"cut":"five"}"#,
        "`x.cut`: `cut` is `five`: write a whole number",
    );
    check(
        "x",
        r#"{"cut":0}"#,
        "`x.cut`: `cut` is `0`: write 1 to 1000000",
    );
    check(
        "x",
        r#"{"cut":2,"end":"..."}"#,
        "`x.end`: `end` has 3 characters, which leaves none of 2: shorten it",
    );
    check(
        "x",
        r#"{"mask":"mail"}"#,
        "`x.mask`: `mask` is `mail`: did you mean `email`?",
    );
    check(
        "x",
        r#"["integer","lower"]"#,
        "`x[1]`: the step takes text, and the column is of type `integer` by then: put it before the step that gives the type",
    );
    check(
        "x",
        r#"["integer",{"default":"none"}]"#,
        "`x[1].default`: `none` does not fit the column, which is of type `integer` by then: write a whole number",
    );
    check(
        "x",
        r#"{"timestamp":"%d.%m.%y %H:%M","else":"keep"}"#,
        "`x.else`: `else` is `keep`: write `null`, `reject` or `drop`",
    );
    check(
        "x",
        r#"{"timestamp":"%d.%m"}"#,
        "`x.timestamp`: format `%d.%m` has no year: add `%Y`",
    );
    check(
        "x",
        r#"{"timestamp":"iso","zone":"Europe/Belin"}"#,
        "`x.zone`: zone `Europe/Belin` is not known: did you mean `Europe/Berlin`?",
    );
    check(
        "x",
        r#"{"number":{"as":"money"}}"#,
        "`x.number.as`: `as` is `money`: write `integer`, `float` or `decimal(p,s)` with 1 to 38 digits, of which s come after the point",
    );
    check(
        "x",
        r#"{"number":{"locale":"de","group":",","as":"float"}}"#,
        "`x`: `,` is both the point and what stands between groups: set `point` or `group` to another",
    );
    check(
        "x",
        r#"{"drop_if":"test"}"#,
        "`x.drop_if`: `test` is no condition: write `{ is = \"test\" }` for the value, or `empty` or `not_empty`",
    );
    check(
        "x",
        r#"{"drop_if":{"above":5}}"#,
        "`x.drop_if.above`: `above` compares numbers and dates, and the column is of type `text` by then: put it behind `number`, `timestamp` or the like",
    );
    check(
        "x",
        r#"{"drop_if":{"iss":5}}"#,
        "`x.drop_if.iss`: `iss` is no condition: did you mean `is`?",
    );
    check(
        "x",
        r#"["trim",{"from":"y"}]"#,
        "`x[1]`: `from` says where the column comes from: put it first",
    );
    check(
        "x",
        r#"["explode",{"explode":";"}]"#,
        "`x[1]`: the column is exploded already: leave one out",
    );
    check(
        "x",
        "drop_blank_rows",
        "`x`: `drop_blank_rows` is about all columns: write it under `\"*\"`",
    );
    check(
        "x",
        r#"{"join":["x","y"]}"#,
        "`x`: the column is made of itself: use other columns",
    );
    check(
        "x",
        "[",
        "`x`: the steps are no JSON (at character 1): write a list of steps",
    );
    check(
        "*",
        r#"{"copy":"y"}"#,
        "`\"*\"`: this step is about one column, and `*` is about all: write it under the column's name",
    );
    check(
        "x",
        r#"{"boolean":{"true":"yes"}}"#,
        "`x`: only one of `true` and `false` is given: write both lists, or neither",
    );
    check(
        "x",
        r#"{"required":"no id"}"#,
        "`x.required`: `code` is `no id`: write 1 to 64 letters, digits, `_`, `-`, `.` or `:`, such as `no_consent`",
    );
    check(
        "x",
        r#"["trim",{"timestamp":{"formats":["iso","%d"],"zone":"UTC"}}]"#,
        "`x[1].timestamp.formats[1]`: format `%d` has no year: add `%Y`",
    );
    check(
        "Full Name",
        r#"{"from":["name","NAME ","full_name"]}"#,
        "`\"Full Name\".from[1]`: `NAME ` is looked for already, as `name`, because case, blanks and signs in names make no difference: leave it out",
    );
    check(
        "x",
        r#"{"from":["y","y"]}"#,
        "`x.from[1]`: `y` is looked for already: leave it out",
    );
    check("a_b", r#"{"from":["a.b","a.b[0]"]}"#, "");
    check(
        "x",
        r#"{"from":["a.b","a.b"]}"#,
        "`x.from[1]`: `a.b` is looked for already: leave it out",
    );
    check(
        "x",
        r#"{"from":"x"}"#,
        "`x.from[0]`: `x` is looked for already: leave it out",
    );
    let pair = |a: &str, b: &str| refusal(&[("a", a), ("b", b)]);
    assert_eq!(
        pair(r#"{"copy":"c"}"#, r#"{"copy":"c"}"#),
        "`b`: `c` is made twice, by `a` and by `b`: give one of them another name"
    );
    assert_eq!(
        pair(r#"{"rename":"c"}"#, r#"{"rename":"c"}"#),
        "`b`: `a` and `b` both come out as `c`: give one of them another name, or `remove` it"
    );
    assert_eq!(
        pair(r#"{"join":"b"}"#, r#"{"join":"a"}"#),
        "`a`: `a` and `b` wait for one another: leave one of these steps out"
    );
    assert_eq!(
        pair(r#"{"explode":"b"}"#, r#"{"explode":"a"}"#),
        "`b`: `a` and `b` both have `explode`, and only one column can: leave one out"
    );
    assert_eq!(
        pair(r#"{"copy":"b"}"#, r#"{"from":"c"}"#),
        "`b`: the column is made by a step of `a`, and has `from` too: leave one out"
    );
    assert_eq!(
        refusal(&[("E-Mail", "trim"), ("email", "trim")]),
        "`email`: `E-Mail` and `email` are one column, as case, blanks and signs in names make no difference: write its steps under one key"
    );
}

#[test]
fn mistakes_about_other_columns() {
    fn check(config: &[(&str, &str)], expected: &str) {
        assert_eq!(refusal(config), expected, "{config:?}");
    }
    check(
        &[("x", r#"["trim",{"pad":5,"when":{"y":{"iss":1}}}]"#)],
        "`x[1].when.y.iss`: `iss` is no condition: did you mean `is`?",
    );
    check(
        &[
            ("x", r#"{"pad":5,"when":{"Y":{"starts_with":"1"}}}"#),
            ("y", "integer"),
        ],
        "`x.when.Y`: the condition is about text, and the column is none any more: put it before the step that gives the type",
    );
    check(
        &[("x", r#"{"pad":5,"when":{"y":"many"}}"#), ("y", "integer")],
        "`x.when.y.is`: `is` is `many`, and the column is of type `integer` by then: write a whole number",
    );
    check(
        &[("x", r#"{"pad":5,"when":"y"}"#)],
        "`x.when`: `when` is `y`: write a table such as `{ country = \"DE\" }`",
    );
    check(
        &[("x", r#"{"copy":"z","when":{"y":1}}"#)],
        "`x.when`: `copy` is for all rows of a column: leave `when` out, or put it beside a step that changes or judges values",
    );
    check(
        &[("*", r#"{"upper":true,"when":{"y":1}}"#)],
        "`\"*\"`: `when` is about one column: write the step under the column's name",
    );
    check(
        &[
            ("x", r#"{"upper":true,"when":{"y":1}}"#),
            ("y", r#"{"upper":true,"when":{"x":1}}"#),
        ],
        "`x`: `x` and `y` wait for one another: leave one of these steps out",
    );
    check(
        &[
            ("x", r#"{"upper":true,"when":{"y":1}}"#),
            ("y", r#"{"explode":";"}"#),
        ],
        "`x`: `y` has several values a row behind `explode`: use another column",
    );
    check(
        &[
            ("x", r#"{"upper":true,"when":{"sku":"a"}}"#),
            ("y", r#"{"explode":{"into":["sku"]}}"#),
        ],
        "`x`: `sku` has several values a row behind `explode`: use another column",
    );
    check(
        &[
            ("x", r#"{"add":["y",1,"z"],"as":"integer"}"#),
            ("z", "float"),
        ],
        "`x.add[2]`: `z` is of type `float`, and what is computed is exact: use `integer` or `decimal(p,s)` for it",
    );
    check(
        &[("x", r#"{"add":["y",1],"as":"float"}"#)],
        "`x.as`: a result is exact, and `float` is not: write `integer` or `decimal(p,s)`",
    );
    check(
        &[("x", r#"{"add":["y",1]}"#)],
        "`x`: `as` is missing: write `{ add = [\"net\", \"tax\"], as = \"decimal(12,2)\" }`",
    );
    check(
        &[("x", r#"{"divide":["y",1,2],"as":"integer"}"#)],
        "`x.divide`: 3 are given: write two columns or numbers",
    );
    check(
        &[("x", r#"{"multiply":[2,1],"as":"integer"}"#)],
        "`x.multiply`: only numbers are given: write a column",
    );
    check(
        &[("x", r#"["trim",{"coalesce":["y"]}]"#)],
        "`x[1]`: `coalesce` makes the column: put it first, and leave `from` out",
    );
    check(
        &[
            ("x", r#"{"coalesce":["Y"]}"#),
            ("y", r#"{"coalesce":["x"]}"#),
        ],
        "`x`: `x` and `y` wait for one another: leave one of these steps out",
    );
}

#[test]
fn mistakes_about_tables() {
    fn check(step: &str, table: Option<&str>, expected: &str) {
        let column = ("x", step);
        let config: Vec<(&str, &str)> = match table {
            None => vec![column],
            Some(table) => vec![column, ("table:words", table)],
        };
        assert_eq!(refusal(&config), expected, "{step} {table:?}");
    }
    let table = Some(r#"{"columns":["a","b"],"rows":[["1","one"],["2",null],["1","one"]]}"#);
    check(r#"{"lookup":"words"}"#, table, "");
    check(
        r#"{"lookup":"words"}"#,
        None,
        "`x.lookup`: there is no table `words`: name its file beside `config`: `tables = { words = \"words.csv\" }`",
    );
    check(
        r#"{"lookup":"wrods"}"#,
        table,
        "`x.lookup`: there is no table `wrods`: did you mean `words`?",
    );
    check(
        r#"{"lookup":"words","column":"B"}"#,
        table,
        "`x.column`: the table has no column `B`: did you mean `b`?",
    );
    check(
        r#"{"lookup":"words","by":"c"}"#,
        table,
        "`x.by`: the table has no column `c`: did you mean `a`?",
    );
    check(
        r#"{"lookup":"words"}"#,
        Some(r#"{"columns":["a"],"rows":[["1"]]}"#),
        "`x.lookup`: the table has one column: add one with the values",
    );
    check(
        r#"{"lookup":"words"}"#,
        Some(r#"{"columns":["a","b"],"rows":[["1","one"],["1","two"]]}"#),
        "`x.lookup`: the table has `1` twice, with different values: leave one of them out",
    );
    for wrong in [r#"{"columns":["a"],"rows":[["1","2"]]}"#, "[]", "words"] {
        let message = refusal(&[("table:words", wrong)]);
        assert!(
            message.starts_with("`\"table:words\"`: `words` is no table: "),
            "{message}"
        );
    }
}

#[test]
fn mistakes_in_expressions_and_paths() {
    fn check(value: &str, expected: &str) {
        assert_eq!(refusal(&[("x", value)]), expected, "{value}");
    }
    check(
        r#"{"regex_extract":"a(b"}"#,
        "`x.regex_extract`: `a(b` is no regular expression: unclosed group",
    );
    check(
        r#"{"regex_extract":"(a)(b)"}"#,
        "`x.regex_extract`: the expression has 2 groups, and the value can be one of them: write `(?:…)` for the others, or `into = [\"first\", …]`",
    );
    check(
        r#"{"regex_extract":"(a)(b)","into":["c"]}"#,
        "`x.into`: 1 columns, and the expression has 2 groups: write a column for each `(…)`",
    );
    check(
        r#"{"regex_replace":"(a)","with":"$1x"}"#,
        "`x.with`: `$1x` is no group of the expression: write `${1}` for its first `(…)`, and `$$` for a dollar",
    );
    check(
        r#"{"regex_replace":"(\\w{500}){500}"}"#,
        "`x.regex_replace`: `(\\w{500}){500}` is no regular expression: it is too large: repeat less often",
    );
    check(
        r#"{"drop_if":{"matches":"["}}"#,
        "`x.drop_if.matches`: `[` is no regular expression: unclosed character class",
    );
    check(
        r#"{"json_path":"a..b"}"#,
        "`x.json_path`: `a..b` is no path: write members with points between them and items in brackets, such as `customer.phones[0]`",
    );
}

#[test]
fn mistakes_about_pieces() {
    fn check(value: &str, expected: &str) {
        assert_eq!(refusal(&[("x", value)]), expected, "{value}");
    }
    check(
        r#"["trim",{"explode":{"intoo":["sku"]}}]"#,
        "`x[1].explode.intoo`: `intoo` is no option: did you mean `into`?",
    );
    check(
        r#"{"explode":{"into":[]}}"#,
        "`x.explode.into`: `into` is `[]`: write members such as `[\"sku\", \"price\"]`, or columns and members such as `{ price = \"price.amount\" }`",
    );
    check(
        r#"{"explode":";","into":["sku"]}"#,
        "`x.into`: pieces between marks have no members: leave `into` out, or the mark, where the value is a list as JSON",
    );
    check(
        r#"{"explode":{"into":["sku","price.amount"]}}"#,
        "`x.explode.into[1]`: `price.amount` leads on, and its column needs a name: write `into = { price_amount = \"price.amount\" }`",
    );
    check(
        r#"{"explode":{"into":{"price":"price..amount"}}}"#,
        "`x.explode.into.price`: `price..amount` is no path: write members with points between them and items in brackets, such as `customer.phones[0]`",
    );
    check(
        r#"{"explode":{"into":["sku","sku"]}}"#,
        "`x`: `sku` is made twice, by `x` and by `x`: give one of them another name",
    );
    check(
        r#"{"explode":{"into":["x"]}}"#,
        "`x`: the column is made of itself: use other columns",
    );
}
