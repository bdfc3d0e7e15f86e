//! Whatever a request is, it gets one of the answers that there are, and every record is accounted for.

use proptest::prelude::*;

use sluice_api::{Handler, Request, Target, problem};

use crate::{memory::Memory, shared::pipeline};

fn check(request: Request) -> Result<(), TestCaseError> {
    let pipeline = pipeline("order_by = \"version\"");
    let (handler, memory) = (Handler::new(&pipeline).unwrap(), Memory::new(&pipeline));
    let handled = handler.handle(&request, None, &memory.ports());
    prop_assert_eq!(&handled.trouble, &None);
    prop_assert!(handled.accounts.add_up());
    if request.method == "HEAD" {
        return Ok(());
    }
    let (status, body) = (handled.answer.status, handled.answer.body_json());
    match body["type"].as_str() {
        Some(of) => {
            let known = problem::ALL.iter().find(|known| known.uri() == of);
            prop_assert_eq!(known.map(|of| of.status), Some(status));
            prop_assert!(status < 500, "{}", of);
        }
        None => prop_assert!([200, 201, 204].contains(&status), "{}", status),
    }
    if handled.accounts.read > 0 && request.target == Target::Batch && status == 200 {
        prop_assert_eq!(body["read"].as_u64(), Some(handled.accounts.read));
        let results = body["results"].as_array().unwrap();
        prop_assert_eq!(results.len() as u64, handled.accounts.read);
    }
    Ok(())
}

fn requests(body: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Request> {
    let target = prop_oneof![Just(Target::Records), Just(Target::Batch)];
    let media = prop_oneof![Just("application/json"), Just("application/x-ndjson")];
    (target, media, body).prop_map(|(target, media, body)| Request {
        method: "POST".to_owned(),
        target,
        headers: vec![("content-type".to_owned(), media.to_owned())],
        body,
        id: "id".to_owned(),
        ..Request::default()
    })
}

/// Texts that are nearly records.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        4 => "[{}\\[\\],:]",
        2 => "\"(id|name|age|email|version|notes|x|\\\\ud800|\\\\u0000)\"",
        2 => "-?[0-9]{1,20}(\\.[0-9]{1,3})?(e[0-9]{1,3})?",
        1 => "true|false|null| |\n|\r",
        1 => "\\{\"id\": ?\"[a-c]\"\\}",
    ];
    proptest::collection::vec(token, 0..24).prop_map(|tokens| tokens.concat().into_bytes())
}

proptest! {
    #[test]
    fn any_bytes(request in requests(proptest::collection::vec(any::<u8>(), 0..200))) {
        check(request)?;
    }

    #[test]
    fn any_text(request in requests(texts())) {
        check(request)?;
    }

    #[test]
    fn any_target(method in "[A-Z]{1,7}|GET|HEAD|POST|OPTIONS", path in "/people(/.{0,12})?|.{0,12}") {
        let pipeline = pipeline("");
        let target = Target::of(pipeline.api.as_ref().unwrap(), &path);
        check(Request { method, target, ..Request::default() })?;
    }

    #[test]
    fn any_record(values in proptest::collection::vec(any::<(u8, Option<i64>, String)>(), 1..5)) {
        let names = ["id", "shop", "day", "name", "age", "email", "version", "notes", "other"];
        let members = values.iter().map(|(name, number, text)| {
            let value = number.map_or(serde_json::Value::from(text.as_str()), Into::into);
            (names[usize::from(*name) % names.len()].to_owned(), value)
        });
        let record: serde_json::Map<String, serde_json::Value> = members.collect();
        let body = serde_json::Value::from(record).to_string();
        let request = |target, body: String| Request {
            method: "POST".to_owned(),
            target,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.into_bytes(),
            id: "id".to_owned(),
            ..Request::default()
        };
        check(request(Target::Batch, format!("[{body},{body}]")))?;
        check(request(Target::Records, body))?;
    }
}
