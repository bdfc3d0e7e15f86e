use super::*;

const VALUES: Order = Order::Values(Values::START);

fn pieces_within(mut order: Order, text: &str, limit: usize) -> Vec<String> {
    let source = Source {
        text: text.as_bytes(),
        ended: true,
        limit,
    };
    let (mut at, mut found) = (0, Vec::new());
    let mut passed = 0;
    let mut show = |start: usize, end: usize| {
        assert!(
            passed <= start && start <= end,
            "{start} to {end} of {text:?}"
        );
        passed = end;
        text.get(start..end).unwrap_or("not UTF-8").to_owned()
    };
    loop {
        match order.next_piece(source, at) {
            Piece::Record { start, end } => {
                found.push(show(start, end));
                at = end;
            }
            Piece::Broken { start, end, flaw } => {
                found.push(format!("{}: {}", flaw.code(), show(start, end)));
                at = end;
            }
            Piece::Incomplete { start } => {
                assert_eq!(start, text.len());
                return found;
            }
        }
    }
}

#[track_caller]
fn check_values(text: &str, expected: &[&str]) {
    assert_eq!(pieces_within(VALUES, text, 1000), expected);
}

#[track_caller]
fn check_lines(text: &str, expected: &[&str]) {
    assert_eq!(pieces_within(Order::Lines, text, 1000), expected);
}

#[test]
fn arrays() {
    check_values("[]", &[]);
    check_values(
        " [ {\"a\": [1, {}]} , {\"b\": \"}]\\\"\"}\n]\n",
        &["{\"a\": [1, {}]}", "{\"b\": \"}]\\\"\"}"],
    );
    check_values("[1, \"x\", null]", &["1", "\"x\"", "null"]);
    check_values("[{}][{}]\n[{}],[]", &["{}", "{}", "{}"]);
    check_values("[{} {}]\n{}\n{\"a\":1}\n", &["{}", "{}", "{}", "{\"a\":1}"]);
}

#[test]
fn values() {
    check_values(
        "{\"a\":1}\n{\"a\":2} {\"a\":3}{\"a\":4},{\"a\":5},\n{\"a\":6},\n",
        &[
            "{\"a\":1}",
            "{\"a\":2}",
            "{\"a\":3}",
            "{\"a\":4}",
            "{\"a\":5}",
            "{\"a\":6}",
        ],
    );
    check_values("1 \"x\" nul {}", &["1", "\"x\"", "bad_json: nul {}"]);
    check_values("<html>\n{}", &["bad_json: <html>\n", "{}"]);
}

#[test]
fn one_broken_record_costs_itself() {
    check_values(
        "[{\"a\": [1}, {\"b\":2}]",
        &["bad_json: {\"a\": [1}, ", "{\"b\":2}"],
    );
    check_values(
        "[{\"a\": \"x},\n {\"b\":2},\n {\"c\":3}]",
        &["bad_json: {\"a\": \"x},\n ", "{\"b\":2}", "{\"c\":3}"],
    );
    check_values(
        "[{\"a\": \"x},{\"b\":2},{\"c\":3}]",
        &["bad_json: {\"a\": \"x},", "{\"b\":2}", "{\"c\":3}"],
    );
    check_values(
        "[\n{\"a\": [1,\n{\"b\":2},\n{\"c\":3}]",
        &["bad_json: {\"a\": [1,\n", "{\"b\":2}", "{\"c\":3}"],
    );
    check_values(
        "[{\"a\": {\"x\":1},\n {\"b\":[{},{}]}]",
        &["bad_json: {\"a\": {\"x\":1},\n ", "{\"b\":[{},{}]}"],
    );
    // What is in a record is none, wherever the text stops.
    check_values("[{}, {\"a\":", &["{}", "bad_json: {\"a\":"]);
    check_values(
        "[{}, {\"a\":[{\"x\":1},{\"x\":2},\n {\"x",
        &["{}", "bad_json: {\"a\":[{\"x\":1},{\"x\":2},\n {\"x"],
    );
    check_values(
        "[{\"a\":[1,,2],,\"b\":[{},{}]},{}]",
        &["{\"a\":[1,,2],,\"b\":[{},{}]}", "{}"],
    );
}

#[test]
fn commas_and_brackets() {
    check_values("[{}", &["{}", "unclosed_array: "]);
    check_values("[{},]", &["{}", "trailing_comma: ]"]);
    check_values("[{}] x", &["{}", "trailing_garbage: x"]);
    check_values("[{}]]\n{}", &["{}", "trailing_garbage: ]\n", "{}"]);
    check_values("[,{}]", &["bad_json: ,", "{}"]);
    check_values("[{},,,{}]", &["{}", "bad_json: ,,", "{}"]);
    check_values("[{},,]\n[{}]", &["{}", "bad_json: ,]\n", "{}"]);
    for garbage in [",", "}", "{", "[", "{\"", "x ", ":", "{[", "[{", "\n"] {
        let text = format!("[{}", garbage.repeat(10_000));
        assert_eq!(pieces_within(VALUES, &text, 1000).len(), 1, "{garbage}");
    }
}

#[test]
fn records_that_are_too_long_end_where_they_do() {
    let long = format!("{{\"a\": [{}1]}}", "{\"x\": 1}, ".repeat(200));
    for (text, order) in [
        (format!("[{long}, {{}}]"), VALUES),
        (format!("{long}\n{{}}"), VALUES),
        (format!("{long}{{}}"), Order::Lines),
        (format!("{long}\n{{}}"), Order::Lines),
    ] {
        let found = pieces_within(order, &text, 1000);
        let too_long = found[0].trim_start_matches("record_too_large: ");
        assert_eq!(
            (too_long, &found[1..]),
            (long.as_str(), &["{}".to_owned()][..])
        );
    }
    // Where the next line looks like another record, it is one.
    let open = format!("[\n{{\"a\": [{}1,\n{{\"b\": 1}}]", "2, ".repeat(500));
    let found = pieces_within(VALUES, &open, 1000);
    assert_eq!(found.len(), 1, "it is too far away");
    let found = pieces_within(VALUES, &open, 2000);
    assert_eq!(found[1..], ["{\"b\": 1}"]);
}

#[test]
fn whole_values() {
    for text in ["{\"a\": tru}", "[1 2]", "\"x\"", "12", "word"] {
        assert!(is_whole(text.as_bytes()), "{text}");
    }
    for text in ["", "{\"a\": [1}, ", "{\"a\": \"", ",", "]", "{} {}", "a b"] {
        assert!(!is_whole(text.as_bytes()), "{text}");
    }
}

#[test]
fn lines() {
    check_lines("{}\r\n\n  [1]  \n{", &["{}", "[1]", "{"]);
    check_lines("{\"a\":\"} {\"}\n{}", &["{\"a\":\"} {\"}", "{}"]);
    check_lines("{} x\n{}", &["{} x", "{}"]);
}

#[test]
fn several_records_on_a_line() {
    check_lines(
        "{\"a\":1}{\"a\":2} {\"a\":3}",
        &["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"],
    );
    check_lines("{}{}\r\n{}{}\n", &["{}", "{}", "{}", "{}"]);
    check_lines("{\"a\":\"}{\"}{} x", &["{\"a\":\"}{\"}", "{} x"]);
    check_lines(
        "{\"a\":\"x}{\"a\":2}{\"a\":3}\n",
        &["{\"a\":\"x}", "{\"a\":2}", "{\"a\":3}"],
    );
    check_lines(
        "{\"a\":[1}{\"a\":2}\n{}",
        &["{\"a\":[1}", "{\"a\":2}", "{}"],
    );
}
