//! What an invocation leaves to the next one: a part of an object, as a message to the pipeline's own queue.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sluice_contract::Sha256;
use sluice_pipeline::part::Part;

use super::ObjectCreated;

/// A part of an object that is to be processed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    /// The object, as its own event told of it.
    pub object: ObjectCreated,
    /// The part.
    pub part: Part,
    /// The plugin version that processes the object, if the pipeline has a plugin.
    pub plugin: Option<Sha256>,
    /// How often the object was handed on from one invocation to another until here. Messages of programs before this
    /// was counted do not say.
    #[serde(default)]
    pub links: u32,
}

impl Rest {
    /// The body of the message. [`notices`](super::notices) reads it.
    pub fn body(&self) -> String {
        json!({ "sluice-rest": self }).to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use sluice_pipeline::part::Position;

    use super::*;
    use crate::events::{Notice, notices};

    #[test]
    fn what_is_left_comes_back_as_it_was() {
        let Notice::Created(object) = notices(include_str!("../../tests/events/s3-versioned.json"))
            .unwrap()
            .remove(0)
        else {
            panic!("the event is of a new object")
        };
        let start = Position {
            record: 1 << 40,
            byte: Some(1 << 50),
        };
        let part = Part { start, end: None };
        let plugin = Some(Sha256::of("a plugin"));
        let rest = Rest {
            object,
            part,
            plugin,
            links: 3,
        };
        assert_eq!(notices(&rest.body()).unwrap(), [Notice::Rest(rest.clone())]);

        let mut before: serde_json::Value = serde_json::from_str(&rest.body()).unwrap();
        before["sluice-rest"]
            .as_object_mut()
            .unwrap()
            .remove("links");
        let uncounted = Rest { links: 0, ..rest };
        assert_eq!(
            notices(&before.to_string()).unwrap(),
            [Notice::Rest(uncounted)]
        );
    }
}
