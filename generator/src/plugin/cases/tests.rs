#![allow(clippy::unwrap_used)]
use super::*;

fn file(form: Form, text: &str) -> CaseText {
    CaseText {
        path: match form {
            Form::Toml => "cases.toml".into(),
            Form::Ndjson => "cases.ndjson".into(),
        },
        form,
        text: text.into(),
    }
}

fn read(form: Form, text: &str) -> Cases {
    let file = file(form, text);
    file.read().unwrap_or_else(|problems| panic!("{problems}"))
}

fn problems(form: Form, text: &str) -> String {
    file(form, text).read().unwrap_err().to_string()
}

/// The scaffold's own cases, which are the example of the format.
#[test]
fn the_scaffold() {
    let text = include_str!("../../../../templates/plugin/cases.toml.hbs");
    let cases = read(Form::Toml, &text.replace("{{fuel}}", "5000"));
    assert_eq!(cases.cases[0].max_fuel_per_row, Some(5000));
    assert_eq!(cases.cases.len(), 11);
    let first = &cases.cases[0];
    let columns = first.columns.as_ref().unwrap();
    assert_eq!(columns.as_slice(), ["id", "email", "score", "note"]);
    assert_eq!(first.rows[2].input.len(), 3);
    let expected = first.rows[0].expected.as_ref().unwrap();
    assert_eq!(expected.outcome, Outcome::Kept);
    let several = cases.cases[2].rows[0].expected.as_ref().unwrap();
    assert_eq!(several.out.as_ref().unwrap().len(), 2);
    let last = &cases.cases[10];
    assert_eq!(last.columns, None);
    assert_eq!(last.refused.as_ref().unwrap().code, "unknown_config");
    assert_eq!(
        bless(&file(Form::Toml, text), &cases, &BTreeMap::new()),
        text
    );
}

#[test]
fn both_forms_say_the_same() {
    let toml = r#"
limits = { max_growth = 2, memory_mb = 16 }
budget = { fuel_per_row = 7 }
[[case]]
name = "a"
config = { n = 1, list = ["x", "y"] }
columns = ["id", "b"]
origin = { source = "s", first_row = 5, received_at = 2026-03-01T10:00:00Z }
limits = { max_growth = 3 }
rows = [
  { in = { id = "1", b = 2 }, out = { i = 1, f = 1.5, n = nan, b = true, at = 2026-03-01T10:00:00Z } },
  { in = { id = "2" }, outcome = "rejected", findings = [{ severity = "error", code = "x" }] },
  { in = {} },
]
"#;
    let ndjson = r#"
{"name": "a", "config": {"n": 1, "list": ["x", "y"]}, "columns": ["id", "b"], "origin": {"source": "s", "first_row": 5, "received_at": "2026-03-01T10:00:00Z"}, "limits": {"max_growth": 3, "memory_mb": 16}, "budget": {"fuel_per_row": 7}, "rows": [{"in": {"id": "1", "b": 2}, "out": {"i": 1, "f": 1.5, "n": "NaN", "b": true, "at": "2026-03-01T10:00:00Z", "none": null}}, {"in": {"id": "2", "b": null}, "outcome": "rejected", "findings": [{"severity": "error", "code": "x"}]}, {"in": {}}]}
"#;
    let (toml, ndjson) = (read(Form::Toml, toml), read(Form::Ndjson, ndjson));
    let [one] = toml.cases.as_slice() else {
        panic!("one case");
    };
    let [other] = ndjson.cases.as_slice() else {
        panic!("one case");
    };
    assert_eq!(one.config["list"], "[\"x\",\"y\"]");
    assert_eq!(one.origin.received_at, 1_772_359_200_000_000);
    assert_eq!((one.limits.max_growth, one.limits.memory_mb), (3, 16));
    assert_eq!(one.max_fuel_per_row, Some(7));
    assert_eq!((one.line, other.line), (4, 2));
    assert_eq!(
        (
            &one.config,
            &one.origin,
            &one.limits,
            &one.columns,
            one.max_fuel_per_row
        ),
        (
            &other.config,
            &other.origin,
            &other.limits,
            &other.columns,
            other.max_fuel_per_row
        )
    );
    for (one, other) in one.rows.iter().zip(&other.rows) {
        assert_eq!(one.input, other.input);
        let shown =
            |row: &CaseRow| format!("{:?}", row.expected).replace("Text(\"NaN\")", "Float(NaN)");
        assert_eq!(shown(one), shown(other));
    }
    assert_eq!(one.rows[2].expected, None);
}

#[test]
fn every_mistake_at_once() {
    insta::assert_snapshot!(problems(
        Form::Toml,
        r#"
limits = { max_growth = 0, memory = 1 }
budget = {}
[[case]]
nam = "a"
rows = [
  { in = { id = "1" }, out = { id = [1] } },
  { out = { id = "1" }, findings = [{ level = "warn", code = "x" }, { severity = "fatal" }] },
  { in = { id = "1" }, outcome = "drop" },
  { in = { id = "1" }, outcome = "dropped", out = { id = "1" } },
  { in = { id = "1" }, out = [] },
  { in = [1] },
]
[[case]]
name = "a"
columns = ["id", "id"]
rows = [{ in = { id = "1", email = "x" } }]
[[case]]
name = "a"
[[case]]
name = "c"
rows = []
[[case]]
name = "b"
refused = { message = "x" }
rows = [{ in = { id = "1" }, out = { id = "1" } }]
origin = { received_at = "yesterday", first_row = -1 }
"#
    ));
    insta::assert_snapshot!(problems(Form::Toml, "[[case]\nname = a\n"));
    insta::assert_snapshot!(problems(Form::Toml, ""));
    insta::assert_snapshot!(problems(
        Form::Ndjson,
        "{\"name\": \"a\", \"rwos\": [{\"in\": {\"id\": \"1\"}}]}\n\n[1]\n{\"name\": \"b\", \"rows\": [{\"in\": {\"id\": [1, null]}, \"in\": 2}]\n{\"nme\":\"ü\",\"rows\":[{\"in\":{\"id\":\"1\"},\"uot\" : {}, \"uot\": 3}]}\n"
    ));
    insta::assert_snapshot!(problems(Form::Ndjson, "\n"));
}

fn expected(outcome: Outcome, rows: &[&[(&str, Scalar)]], findings: &[&str]) -> Expected {
    let pairs = |row: &&[(&str, Scalar)]| {
        let row = row.iter();
        row.map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect()
    };
    let finding = |message: &&str| Finding {
        severity: Severity::Warning,
        column: Some("id".into()),
        code: "odd".into(),
        message: Some((*message).into()),
    };
    Expected {
        outcome,
        out: (outcome == Outcome::Kept).then(|| rows.iter().map(pairs).collect()),
        findings: findings.iter().map(finding).collect(),
    }
}

fn blessed(form: Form, text: &str, blessings: Vec<(usize, Blessing)>) -> String {
    let file = file(form, text);
    let cases = file.read().unwrap_or_else(|problems| panic!("{problems}"));
    let text = bless(&file, &cases, &blessings.into_iter().collect());
    read(form, &text);
    text
}

fn rows(rows: Vec<(usize, Expected)>) -> Blessing {
    Blessing {
        refused: None,
        rows: rows.into_iter().collect(),
    }
}

fn text(text: &str) -> Scalar {
    Scalar::Text(text.into())
}

/// New expectations for the cases below: one value changed, a new row, rejected, several rows, and refused.
fn blessings() -> Vec<(usize, Blessing)> {
    let long = "a message that is so long that the list of findings gets a line for each of them";
    vec![
        (
            0,
            rows(vec![
                (
                    0,
                    expected(
                        Outcome::Kept,
                        &[&[("id", text("1")), ("n", Scalar::Integer(2))]],
                        &[],
                    ),
                ),
                (
                    1,
                    expected(
                        Outcome::Kept,
                        &[&[
                            ("id", text("\u{200b}\"\\\n🦜")),
                            ("a b", Scalar::Float(f64::NAN)),
                        ]],
                        &["short"],
                    ),
                ),
                (2, expected(Outcome::Rejected, &[], &[long, long])),
                (
                    3,
                    expected(
                        Outcome::Kept,
                        &[&[("id", text("1"))], &[("id", text("2"))]],
                        &[],
                    ),
                ),
                (4, expected(Outcome::Dropped, &[], &[])),
            ]),
        ),
        (
            2,
            Blessing {
                refused: Some(Refused {
                    code: "bad".into(),
                    message: Some("no".into()),
                }),
                rows: BTreeMap::new(),
            },
        ),
        (
            3,
            rows(vec![(
                0,
                expected(Outcome::Kept, &[&[("id", text("9"))]], &[]),
            )]),
        ),
    ]
}

#[test]
fn blessing_toml_leaves_everything_else_as_it_is() {
    insta::assert_snapshot!(blessed(
        Form::Toml,
        r#"# Ours.
budget = { fuel_per_row = 1_000 }   # per row

[[case]]
name   =   "first"
rows = [ # rows
  { in  = { id = '1' }, # in
    out = { "id" = '1', n = 0x1, gone = 1 } }, # one value
  { in = { id = "2" } },
    { in = { id = "3" }, out = { id = "3" } }, # rejected
  {in={id="4"},out={id="4"}},
  { in = { id = "5" }, outcome = "rejected", findings = [
    { severity = "error", code = "x" }, # why
  ] },
  { in = { id = "6" }, out = { id = "6" } },
]
[[case]]
name = "untouched"
rows = [ {   in = {} } ]

[[case]]
name = "is refused"
config.key = 1 # this
rows = [{ in = { id = "1" }, out = { id = "1" } }]

[[case]] # in sections
name = "sections"
refused = { code = "x" } # no more
[[case.rows]]
in.id = "1"
"#,
        blessings()
    ));
}

#[test]
fn blessing_ndjson_leaves_other_lines_as_they_are() {
    insta::assert_snapshot!(blessed(
        Form::Ndjson,
        "  {\"name\": \"first\", \"rows\": [{\"in\": {\"id\": \"1\"}, \"out\": {\"id\": 1}}, {\"in\": {\"id\": \"2\"}}, {\"in\": {}, \"out\": {\"id\": 1}, \"findings\": []}, {\"in\": {}}, {\"in\": {}, \"outcome\": \"rejected\"}, {\"in\":   {}}]}\r\n\n{\"name\":\"untouched\" , \"rows\":[{\"in\":{}}]}\n{\"name\":\"is refused\",\"config\":{\"key\":1.50},\"rows\":[{\"in\":{\"id\":\"1\"},\"out\":{\"id\":\"1\"}}]}\n{\"refused\": {\"code\": \"x\"}, \"name\": \"sections\", \"rows\": [{\"in\": {\"id\": \"1\"}}]}",
        blessings()
    ));
}

/// Line ends, mixed as they may be, and the mark that some editors begin a file with.
#[test]
fn blessing_leaves_what_parsers_drop() {
    let one = |text: &str, form| {
        let new = expected(Outcome::Dropped, &[], &[]);
        blessed(form, text, vec![(0, rows(vec![(0, new)]))])
    };
    assert_eq!(
        one(
            "\u{feff}[[case]]\r\n# one\nname = \"a\"\r\nrows = [\r\n  { in = {} },\r\n]\r\n\n# end",
            Form::Toml
        ),
        "\u{feff}[[case]]\r\n# one\nname = \"a\"\r\nrows = [\r\n  { in = {}, outcome = \"dropped\" },\r\n]\r\n\n# end"
    );
    assert_eq!(
        one(
            "\u{feff} {\"name\":\"a\",\"rows\":[{\"in\":{}}]}\r\n",
            Form::Ndjson
        ),
        "\u{feff} {\"name\":\"a\",\"rows\":[{\"in\":{},\"outcome\":\"dropped\"}]}\r\n"
    );
}

#[test]
fn values_that_are_as_expected() {
    let fits = |scalar: Scalar, cell: Cell| scalar.fits(&cell);
    assert!(fits(text("7"), Cell::Text("7".into())));
    assert!(!fits(text("7"), Cell::Integer(7)));
    assert!(!fits(Scalar::Integer(7), Cell::Text("7".into())));
    assert!(fits(Scalar::Integer(7), Cell::Float(7.0)));
    assert!(!fits(Scalar::Float(7.0), Cell::Integer(7)));
    assert!(fits(Scalar::Float(f64::NAN), Cell::Float(f64::NAN)));
    assert!(fits(text("inf"), Cell::Float(f64::INFINITY)));
    let moment = || Cell::Timestamp(1_772_359_200_500_000);
    assert!(fits(text("2026-03-01T10:00:00.5Z"), moment()));
    assert!(fits(text("2026-03-01T11:00:00.500+01:00"), moment()));
    assert!(!fits(text("2026-03-01T10:00:00Z"), moment()));
    assert!(fits(text("2026-03-01"), Cell::Date(20_513)));
    assert!(!fits(text("2026-03-02"), Cell::Date(20_513)));
    assert!(!fits(Scalar::Boolean(true), Cell::Null));
    assert_eq!(Scalar::of(&moment()), Some(text("2026-03-01T10:00:00.5Z")));
    assert_eq!(Scalar::of(&Cell::Null), None);
}

#[test]
fn values_that_are_nested_too_deeply() {
    let nested =
        |open: &str, close: &str| format!("{}{}", open.repeat(200_000), close.repeat(200_000));
    let line = format!(
        "{{\"name\": \"a\", \"config\": {{\"x\": {}}}}}",
        nested("[", "]")
    );
    let told = problems(Form::Ndjson, &line);
    assert!(told.contains("nested too deeply"), "{}", &told[..200]);
    let text = format!(
        "[[case]]\nname = \"a\"\nconfig = {{ x = {} }}\n",
        nested("[", "]")
    );
    assert!(!problems(Form::Toml, &text).is_empty());
}
