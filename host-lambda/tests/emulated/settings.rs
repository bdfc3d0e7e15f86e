//! Settings that are too long for the environment.

use serde_json::json;
use sluice_host::{environment::Variables, roles::ingest::IngestEnvironment};

use super::ministack::Ministack;

#[test]
fn settings_come_through_ssm() {
    let aws = Ministack::start();
    let json = include_str!("../settings/lake.json");
    let third = json.len() / 3;
    let names: Vec<String> = (1..=12)
        .map(|number| format!("/shop/dev/orders/{number}"))
        .collect();
    let mut parts = vec![&json[..third], &json[third..2 * third], &json[2 * third..]];
    parts.resize(12, "\n");
    for (name, part) in names.iter().zip(parts) {
        let parameter = json!({ "Name": name, "Value": part, "Type": "String" });
        aws.ssm("PutParameter", parameter);
    }
    let variables = |names: &str| {
        let names = names.to_owned();
        Variables::read(move |name| {
            let value = match name {
                "SLUICE_ROLE" => "ingest",
                "SLUICE_SETTINGS_PARAMETERS" => &names,
                "SLUICE_SETTINGS" => return None,
                _ => "x",
            };
            Some(value.to_owned())
        })
        .unwrap()
    };
    let all = variables(&names.join(","));
    let settings = all.settings(&aws.session()).unwrap();
    assert_eq!(settings.trim_end(), json.trim_end());
    assert_eq!(
        all.resolve::<IngestEnvironment>(&settings)
            .unwrap()
            .settings
            .pipeline
            .name,
        "orders"
    );

    let error = variables("/shop/dev/orders/1,/none")
        .settings(&aws.session())
        .unwrap_err();
    assert_eq!(error.problems, ["there is no SSM parameter `/none`"]);
}
