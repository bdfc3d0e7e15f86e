//! Objects that are none of the pipeline's: nothing of them is stored, they are closed, and people are told once.

use super::*;

/// The status of the object's entry and what its report has of it, and the statuses of its parts.
fn ended(site: &Site) -> (String, String, u64, Vec<String>) {
    let request = site.aws.clients().dynamodb().scan().table_name("control");
    let items = site.aws.run(request.send()).unwrap().items.unwrap();
    let status = |item: &std::collections::HashMap<String, _>| {
        let status: &aws_sdk_dynamodb::types::AttributeValue = &item["status"];
        status.as_s().unwrap().clone()
    };
    let is_whole = |sk: &str| sk == "ledger#orders";
    let mut parts = Vec::new();
    let mut whole = None;
    for item in &items {
        match item["sk"].as_s().unwrap().as_str() {
            sk if is_whole(sk) => whole = Some(item),
            sk if sk.starts_with("ledger#") => parts.push(status(item)),
            _ => {}
        }
    }
    let whole = whole.unwrap();
    let report = whole["report"].as_m().unwrap();
    let code = &report["refused"].as_m().unwrap()["code"];
    let read = report["read"].as_n().unwrap().parse().unwrap();
    (status(whole), code.as_s().unwrap().clone(), read, parts)
}

#[test]
fn an_object_without_a_header_is_refused_and_told_once() {
    let site = Site::new(json!({}));
    let body = "ann@example.com,2026-11-22T10:00:00Z,3\nbob@example.com,2026-11-23T10:00:00Z,4\n";
    let event = site.upload("incoming/a.csv", body);
    // An event that comes twice is acknowledged, and so is one that is redriven.
    for receives in [1, 1, 3] {
        assert_eq!(site.handle(&[(event.clone(), receives)]), [] as [usize; 0]);
    }
    let expected = (
        "refused".to_owned(),
        "no_matching_column".to_owned(),
        0,
        vec![],
    );
    assert_eq!(ended(&site), expected);
    assert_eq!(site.files(""), [] as [&str; 0]);
    assert_eq!(site.aws.items("items"), [] as [&str; 0]);
    let told = site.alerts();
    assert!(!told.join("").contains("ann@"), "{told:?}");
    insta::assert_snapshot!("alert-of-a-refused-object", told.join("\n---\n"));
    let ledger = site.aws.items("control").join("\n");
    assert!(!ledger.contains("ann@"), "{ledger}");
}

#[test]
fn all_parts_of_an_object_are_refused_and_it_is_told_once() {
    let site = Site::new(cut_at(1));
    let rows = many_rows(100_000).replacen("id,ordered_at,quantity", "x,y,z", 1);
    assert_eq!(site.to_the_end(site.upload("incoming/a.csv", &rows)), 4);
    let refused = || "refused".to_owned();
    let expected = (
        refused(),
        "no_matching_column".to_owned(),
        0,
        vec![refused(); 3],
    );
    assert_eq!(ended(&site), expected);
    assert_eq!(site.files(""), [] as [&str; 0]);
    assert_eq!(site.alerts().len(), 1);
}

#[test]
fn a_part_that_is_refused_refuses_the_object_and_leaves_the_others() {
    let site = Site::new(cut_at(1));
    let good = "{\"id\": \"1\", \"ordered_at\": \"2026-11-22T10:00:00Z\", \"quantity\": 1}\n";
    let strange = "{\"data\": {\"id\": \"1\", \"ordered_at\": \"2026-11-22T10:00:00Z\"}}\n";
    let body = good.repeat(30_000) + &strange.repeat(60_000);
    let parts = site.to_the_end(site.upload("incoming/a.ndjson", &body));
    let (status, code, read, ends) = ended(&site);
    assert_eq!(
        (status.as_str(), code.as_str()),
        ("refused", "no_matching_member")
    );
    assert_eq!(ends.len(), parts - 1);
    assert!(
        ends.contains(&"refused".to_owned()) && ends.contains(&"done".to_owned()),
        "{ends:?}"
    );
    assert!((30_000..90_000).contains(&read), "{read}");
    let told = site.alerts();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("of the parts that are refused, none"),
        "{told:?}"
    );
}

#[test]
fn of_an_object_of_which_too_much_is_rejected_nothing_is_stored() {
    let rejects =
        json!({ "alert_ratio": 0.05, "fail_ratio": 0.5, "min_rows": 2, "retention_days": 90 });
    let site = Site::new(json!({ "rejects": rejects, "dedupe": "all" }));
    let good = "a,2026-11-22T10:00:00Z,1\n";
    let bad = "b,yesterday,2\n";
    let header = "id,ordered_at,quantity\n";
    let event = site.upload("incoming/a.csv", &[header, good, bad, bad].concat());
    for _ in 0..2 {
        assert_eq!(site.handle(&[(event.clone(), 1)]), [] as [usize; 0]);
    }
    let expected = (
        "refused".to_owned(),
        "too_many_rejected".to_owned(),
        0,
        vec![],
    );
    assert_eq!(ended(&site), expected);
    assert_eq!(site.files(""), [] as [&str; 0]);
    assert_eq!(site.aws.items("items"), [] as [&str; 0]);
    // Its records are no reason to take the same ones of another object for duplicates.
    assert_eq!(site.aws.items("control").len(), 1);
    insta::assert_snapshot!(
        "alert-of-an-object-that-fails",
        site.alerts().join("\n---\n")
    );

    // As many as are allowed, and one record where it takes two.
    for (name, body) in [
        ("incoming/b.csv", [header, good, bad].concat()),
        ("incoming/c.csv", [header, bad].concat()),
    ] {
        assert_eq!(
            site.handle(&[(site.upload(name, &body), 1)]),
            [] as [usize; 0]
        );
    }
    assert_eq!(site.aws.items("items").len(), 1);
    assert_eq!(site.files("rejects/").len(), 2);
}
