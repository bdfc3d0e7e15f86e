//! What Firehose does to records on their way to a bucket.

use serde_json::{Value, json};

use super::template::{attribute_of, first_of_type};
use super::{Finding, Look, Rule, Severity, Template};

const STREAM: &str = "AWS::KinesisFirehose::DeliveryStream";

pub(super) const ERRORS_ELSEWHERE: Rule = Rule {
    name: "delivery-errors-elsewhere",
    source: "Amazon Data Firehose Developer Guide, Custom prefixes for Amazon S3 objects: ErrorOutputPrefix",
    otherwise: "what Firehose writes of its own failures lies among the records, and is read as one of them",
    severity: Severity::Error,
    look: Look::Template {
        find: errors_elsewhere,
        breaks: |template| {
            let destination =
                &mut first_of_type(template, STREAM)["ExtendedS3DestinationConfiguration"];
            destination["ErrorOutputPrefix"] = Value::Null;
        },
    },
};

pub(super) const ROLE_IS_WHOLE: Rule = Rule {
    name: "delivery-role-is-whole",
    source: "Amazon Data Firehose Developer Guide, Grant Firehose access to an Amazon S3 destination",
    otherwise: "nothing is delivered, only a metric tells, and after 24 hours accepted records are lost",
    severity: Severity::Error,
    look: Look::Template {
        find: role_is_whole,
        breaks: |template| {
            let policy = first_of_type(template, "AWS::IAM::Policy");
            let statements = policy["PolicyDocument"]["Statement"].as_array_mut();
            for statement in statements.into_iter().flatten() {
                statement["Action"] = json!(["s3:PutObject"]);
            }
        },
    },
};

pub(super) const HINTS: Rule = Rule {
    name: "delivery-hints",
    source: "Amazon Data Firehose API Reference, BufferingHints",
    otherwise: "the stream is not created",
    severity: Severity::Error,
    look: Look::Template {
        find: hints,
        breaks: |template| {
            let destination =
                &mut first_of_type(template, STREAM)["ExtendedS3DestinationConfiguration"];
            destination["BufferingHints"] = json!({ "SizeInMBs": 129 });
        },
    },
};

/// What the role of a stream with an encrypted bucket needs.
const NEEDED: &[&str] = &[
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "s3:AbortMultipartUpload",
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:PutObject",
];

fn destinations(template: &Template) -> impl Iterator<Item = (&str, &Value)> {
    let streams = template.of_type(STREAM);
    streams.map(|(id, stream)| (id, &stream["ExtendedS3DestinationConfiguration"]))
}

fn errors_elsewhere(template: &Template) -> Vec<Finding> {
    let found = destinations(template).filter_map(|(id, destination)| {
        let errors = destination["ErrorOutputPrefix"].as_str();
        let prefix = destination["Prefix"].as_str().unwrap_or_default();
        let folder = prefix.split('!').next().unwrap_or_default();
        let among = errors.is_none_or(|errors| errors.starts_with(folder));
        among.then(|| Finding {
            place: id.to_owned(),
            fact: "its failures are written to where records come in".to_owned(),
            remedy: "set `ErrorOutputPrefix` to a folder that nobody reads".to_owned(),
        })
    });
    found.collect()
}

fn role_is_whole(template: &Template) -> Vec<Finding> {
    let found = destinations(template).filter_map(|(id, destination)| {
        let role = attribute_of(&destination["RoleARN"])?;
        let of_role = |policy: &&Value| {
            let roles = policy["Roles"].as_array();
            roles.is_some_and(|roles| roles.iter().any(|one| one["Ref"] == role))
        };
        let policies = template
            .of_type("AWS::IAM::Policy")
            .map(|(_, policy)| policy);
        let allowed: Vec<&str> = policies
            .filter(of_role)
            .flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array())
            .flatten()
            .flat_map(|statement| statement["Action"].as_array())
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let missing: Vec<&str> = NEEDED
            .iter()
            .copied()
            .filter(|action| !allowed.contains(action))
            .collect();
        (!missing.is_empty()).then(|| Finding {
            place: id.to_owned(),
            fact: format!("its role may not {}", missing.join(", ")),
            remedy: "grant them on the bucket, its objects and the key".to_owned(),
        })
    });
    found.collect()
}

fn hints(template: &Template) -> Vec<Finding> {
    let found = destinations(template).filter_map(|(id, destination)| {
        let hints = &destination["BufferingHints"];
        if hints.is_null() {
            return None;
        }
        let within = |name: &str, least, most| {
            hints[name]
                .as_u64()
                .is_some_and(|value| (least..=most).contains(&value))
        };
        let fits = within("SizeInMBs", 1, 128) && within("IntervalInSeconds", 0, 900);
        (!fits).then(|| Finding {
            place: id.to_owned(),
            fact: "`BufferingHints` are both or none, 1 to 128 MB and 0 to 900 seconds".to_owned(),
            remedy: "say both, within these bounds".to_owned(),
        })
    });
    found.collect()
}
