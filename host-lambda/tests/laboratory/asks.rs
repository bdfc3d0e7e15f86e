//! Requests to the API of a pipeline, as a gateway hands them to its function, and which answers are right: those of the
//! documents, and no others.

use serde_json::{Value, json};
use sluice_api::problem;

/// A request that is made until it is answered.
#[derive(Debug)]
pub(crate) struct Ask {
    key: String,
    is_batch: bool,
    records: Vec<Record>,
    body: String,
}

#[derive(Debug)]
struct Record {
    /// Tells it from every other record.
    mark: String,
    is_right: bool,
}

/// What an answer is for who asked.
#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    /// The last one: by their marks, records that are stored, and what they are called.
    Done(Vec<(String, String)>),
    /// That it is to ask again, after so many seconds, and why.
    Again(i64, String),
}

impl Ask {
    /// Makes up one request. Its records have no key of their own, so that one that is taken in twice would be two.
    pub(crate) fn invent(number: usize, rng: &mut fastrand::Rng) -> Self {
        let is_batch = rng.bool();
        let count = if is_batch { rng.usize(1..7) } else { 1 };
        let records: Vec<Record> = (0..count)
            .map(|row| Record {
                mark: format!("o{number}r{row}"),
                is_right: rng.u32(0..100) < 85,
            })
            .collect();
        let bodies = records.iter().map(|record| {
            let quantity = u32::from(record.is_right);
            json!({ "mark": record.mark, "quantity": quantity, "ordered_at": "2026-11-22T10:00:00Z" })
        });
        let bodies: Vec<Value> = bodies.collect();
        Self {
            key: format!("ask-{number}"),
            is_batch,
            body: match is_batch {
                true => json!(bodies).to_string(),
                false => bodies[0].to_string(),
            },
            records,
        }
    }

    pub(crate) fn len(&self) -> u64 {
        self.records.len() as u64
    }

    /// Each record's mark, and whether it is to be stored.
    pub(crate) fn records(&self) -> impl Iterator<Item = (&str, bool)> {
        let records = self.records.iter();
        records.map(|record| (record.mark.as_str(), record.is_right))
    }

    /// The request as an event.
    pub(crate) fn event(&self, request_id: &str, now_ms: i64) -> Value {
        let path = match self.is_batch {
            true => "/orders/batch",
            false => "/orders",
        };
        json!({
            "version": "2.0", "routeKey": format!("POST {path}"), "rawPath": path, "rawQueryString": "",
            "headers": { "content-type": "application/json", "idempotency-key": self.key },
            "requestContext": {
                "requestId": request_id, "timeEpoch": now_ms, "http": { "method": "POST", "path": path },
            },
            "body": self.body, "isBase64Encoded": false,
        })
    }

    /// What an answer is; or what is wrong with it.
    pub(crate) fn hear(&self, answer: &Value) -> Result<Heard, String> {
        let status = answer["statusCode"].as_u64().unwrap_or_default();
        let body = answer["body"].as_str().unwrap_or_default();
        let body: Value = serde_json::from_str(body).map_err(|error| error.to_string())?;
        let code = (status >= 400)
            .then(|| documented(status, answer, &body))
            .transpose()?;
        match (status, code) {
            (503, Some(code @ "unavailable")) | (409, Some(code @ "under_way")) => {
                let wait = answer["headers"]["retry-after"].as_str();
                let wait = wait.and_then(|seconds| seconds.parse().ok());
                let wait: i64 = wait.ok_or("it does not say when to ask again")?;
                Ok(Heard::Again(wait, code.to_owned()))
            }
            (422, Some("rejected")) if self.records.iter().all(|record| !record.is_right) => {
                Ok(Heard::Done(Vec::new()))
            }
            (200, None) if self.is_batch => self.hear_batch(&body),
            (200 | 201, None) if !self.is_batch && self.records[0].is_right => {
                let outcome = if status == 201 { "stored" } else { "duplicate" };
                let stored = (&body["record"]["mark"], &body["record"]["id"]);
                match (body["outcome"] == outcome, stored) {
                    (true, (Value::String(mark), Value::String(id)))
                        if *mark == self.records[0].mark =>
                    {
                        Ok(Heard::Done(vec![(mark.clone(), id.clone())]))
                    }
                    _ => Err("it does not say what is stored".to_owned()),
                }
            }
            _ => Err("no such answer is right".to_owned()),
        }
    }

    fn hear_batch(&self, body: &Value) -> Result<Heard, String> {
        let results = body["results"].as_array().ok_or("it has no results")?;
        if results.len() != self.records.len() {
            return Err("it has not a result for each record".to_owned());
        }
        let mut stored = Vec::new();
        let mut counts = [0; 3];
        for (record, result) in self.records.iter().zip(results) {
            let location = result["locations"][0].as_str();
            let id = location.and_then(|location| location.rsplit('/').next());
            match (result["status"].as_u64(), id) {
                (Some(status @ (200 | 201)), Some(id)) if record.is_right => {
                    counts[usize::from(status == 200)] += 1;
                    stored.push((record.mark.clone(), id.to_owned()));
                }
                (Some(422), None) if !record.is_right => counts[2] += 1,
                _ => return Err(format!("{} has the result {result}", record.mark)),
            }
        }
        let told = ["stored", "duplicate", "rejected", "dropped", "read"];
        let told = told.map(|name| body[name].as_u64());
        let [new, same, wrong] = counts;
        if told != [new, same, wrong, 0, self.len()].map(Some) {
            return Err("its counts do not add up".to_owned());
        }
        Ok(Heard::Done(stored))
    }
}

/// The code of a problem, which is one of the list, with its status and its media type.
fn documented(status: u64, answer: &Value, body: &Value) -> Result<&'static str, String> {
    if answer["headers"]["content-type"] != problem::MEDIA {
        return Err("a problem of another media type".to_owned());
    }
    let mut all = problem::ALL.iter();
    let of = all.find(|of| body["type"] == of.uri() && u64::from(of.status) == status);
    of.map(|of| of.code)
        .ok_or_else(|| "a problem that is not documented".to_owned())
}

#[test]
fn what_is_no_right_answer_is_told() {
    let ask = |is_batch, rights: &[bool]| Ask {
        key: String::new(),
        is_batch,
        records: rights
            .iter()
            .enumerate()
            .map(|(row, is_right)| Record {
                mark: format!("o0r{row}"),
                is_right: *is_right,
            })
            .collect(),
        body: String::new(),
    };
    let hear = |ask: &Ask, status: u16, headers: Value, body: Value| {
        ask.hear(&json!({ "statusCode": status, "headers": headers, "body": body.to_string() }))
    };
    let problem = json!({ "content-type": problem::MEDIA });
    let one = ask(false, &[true]);
    let stored = json!({ "outcome": "stored", "record": { "id": "x", "mark": "o0r0" } });
    let done = Heard::Done(vec![("o0r0".to_owned(), "x".to_owned())]);
    assert_eq!(hear(&one, 201, json!({}), stored.clone()), Ok(done));
    for (status, headers, body) in [
        (200, json!({}), stored.clone()),
        (202, json!({}), stored.clone()),
        (
            201,
            json!({}),
            json!({ "outcome": "stored", "record": { "id": "x", "mark": "o1r0" } }),
        ),
        (
            500,
            json!({}),
            json!({ "type": "urn:sluice:problem:failed" }),
        ),
        (
            500,
            problem.clone(),
            json!({ "type": "urn:sluice:problem:failed" }),
        ),
        (
            503,
            problem.clone(),
            json!({ "type": "urn:sluice:problem:unavailable" }),
        ),
        (
            503,
            problem.clone(),
            json!({ "type": "urn:sluice:problem:rejected" }),
        ),
        (
            422,
            problem.clone(),
            json!({ "type": "urn:sluice:problem:rejected" }),
        ),
    ] {
        assert!(
            hear(&one, status, headers, body.clone()).is_err(),
            "{status} {body}"
        );
    }
    let wrong = ask(false, &[false]);
    assert!(hear(&wrong, 201, json!({}), stored).is_err());
    let two = ask(true, &[true, false]);
    let batch = |results: Value, stored: u32| json!({ "read": 2, "stored": stored, "duplicate": 0, "dropped": 0, "rejected": 1, "results": results });
    let [good, bad] = [
        json!({ "status": 201, "locations": ["/orders/x"] }),
        json!({ "status": 422 }),
    ];
    let done = Heard::Done(vec![("o0r0".to_owned(), "x".to_owned())]);
    let right = batch(json!([good, bad]), 1);
    assert_eq!(hear(&two, 200, json!({}), right), Ok(done));
    for (results, stored) in [
        (json!([bad, good]), 1),
        (json!([good]), 1),
        (json!([good, bad]), 2),
        (json!([good, good]), 2),
    ] {
        assert!(
            hear(&two, 200, json!({}), batch(results.clone(), stored)).is_err(),
            "{results}"
        );
    }
}
