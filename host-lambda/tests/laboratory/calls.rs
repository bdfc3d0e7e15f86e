//! Kinds of calls, as the host makes them: what rules and the ends of processes are about.

use crate::aws::faults::{Call, Service};

/// A kind of calls.
#[derive(Clone, Copy)]
pub(crate) struct Calls {
    pub(crate) name: &'static str,
    pub(crate) are: fn(&Call<'_>) -> bool,
}

/// The object that no function survives.
pub(crate) const POISON: &str = "incoming/1.";

pub(crate) const ANYTHING: Calls = Calls {
    name: "any call",
    are: |_| true,
};

pub(crate) const CONTROL: Calls = Calls {
    name: "a read or write of the ledger",
    are: is_control,
};

pub(crate) const ITEM_OR_KEY: Calls = Calls {
    name: "a write of a record into the table, or of its key into the control table",
    are: is_item_or_key,
};

pub(crate) const ITEM: Calls = Calls {
    name: "a write of a record into the table",
    are: |call| call.service == Service::DynamoDb && call.target.starts_with("items"),
};

pub(crate) const NO_ITEM: Calls = Calls {
    name: "a call that writes no record",
    are: |call| !is_item_or_key(call),
};

pub(crate) const S3: Calls = Calls {
    name: "a call of S3",
    are: |call| call.service == Service::S3,
};

pub(crate) const READ: Calls = Calls {
    name: "a read of an object",
    are: is_read,
};

pub(crate) const UPLOAD: Calls = Calls {
    name: "an upload",
    are: |call| call.service == Service::S3 && !is_read(call),
};

pub(crate) const MESSAGE: Calls = Calls {
    name: "a message to the queue",
    are: |call| call.service == Service::Sqs,
};

pub(crate) const TOPIC: Calls = Calls {
    name: "an alert",
    are: |call| call.service == Service::Sns,
};

pub(crate) const CLAIM: Calls = Calls {
    name: "a write of an answer, or of a claim of one",
    are: |call| call.service == Service::DynamoDb && call.target.starts_with("control"),
};

pub(crate) const SENT: Calls = Calls {
    name: "a request to the API",
    are: |call| call.service == Service::Api,
};

pub(crate) const FOLDER: Calls = Calls {
    name: "a read or write of a folder's item",
    are: |call| {
        let key = call.parameters["Key"]["pk"]["S"].as_str();
        let is_one = key.is_some_and(|key| key.starts_with("folder#"));
        is_one || call.action == "BatchGetItem"
    },
};

pub(crate) const LEAD: Calls = Calls {
    name: "a change of a partition",
    are: |call| call.action == "BatchUpdatePartition",
};

pub(crate) const SECRET: Calls = Calls {
    name: "a read of a secret",
    are: |call| call.service == Service::Secrets,
};

pub(crate) const POISON_READ: Calls = Calls {
    name: "a read of the poison object",
    are: |call| {
        let key = call.target.split_once('/').map_or("", |(_, key)| key);
        is_read(call) && key.starts_with(POISON)
    },
};

fn is_control(call: &Call<'_>) -> bool {
    let is_key = call.action == "PutItem";
    call.service == Service::DynamoDb && call.target.starts_with("control") && !is_key
}

fn is_item_or_key(call: &Call<'_>) -> bool {
    call.service == Service::DynamoDb && !is_control(call)
}

fn is_read(call: &Call<'_>) -> bool {
    call.service == Service::S3 && call.action == "GetObject"
}
