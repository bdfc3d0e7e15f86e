//! Events: what the host tells the stack's event bus, so that others can act on it.
//!
//! The host puts them, the template's rules choose among them, the role `notify` reads them, `gen events` describes them and
//! `docs/events.md` lists them, all from here. An event is told at least once: `event_id` is the same whenever it is told
//! again. What EventBridge is called with is not known here.

mod detail;
mod sample;
mod shape;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

pub use self::detail::{
    Cause, Counts, Head, MOST_FILES, Object, ObjectDone, ObjectFailed, ObjectRefused,
    PluginPublished, PluginRefused, PluginRolledBack, PluginVersion, RecordsRejected, greatest,
};
pub use self::sample::sample;
pub use self::shape::{Member, Members, Shape};
use crate::Sha256;

/// Who sends every event.
pub const SOURCE: &str = "sluice";

macro_rules! events {
    ($($(#[doc = $means:literal])+ $kind:ident => $detail_type:literal,)+) => {
        /// What kind of event it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventKind {
            $($(#[doc = $means])+ $kind,)+
        }

        /// What happened.
        #[derive(Debug, Clone, PartialEq)]
        #[allow(clippy::large_enum_variant, reason = "there are few at a time")]
        pub enum What {
            $($(#[doc = $means])+ $kind($kind),)+
        }

        impl EventKind {
            /// Every kind.
            pub const ALL: &[EventKind] = &[$(EventKind::$kind,)+];

            /// The `detail-type` of the event.
            pub const fn detail_type(self) -> &'static str {
                match self {
                    $(EventKind::$kind => $detail_type,)+
                }
            }

            /// What it means: a sentence.
            pub fn means(self) -> &'static str {
                match self {
                    $(EventKind::$kind => concat!($($means),+).trim(),)+
                }
            }

            /// What it says behind what every event says.
            pub fn members(self) -> Vec<Member> {
                match self {
                    $(EventKind::$kind => $kind::members(),)+
                }
            }
        }

        impl What {
            /// Its kind.
            pub const fn kind(&self) -> EventKind {
                match self {
                    $(What::$kind(_) => EventKind::$kind,)+
                }
            }

            fn detail(&self) -> Value {
                match self {
                    $(What::$kind(detail) => json!(detail),)+
                }
            }

            fn read(kind: EventKind, detail: &Value) -> Result<What, serde_json::Error> {
                Ok(match kind {
                    $(EventKind::$kind => What::$kind(read(detail)?),)+
                })
            }
        }
    };
}

events! {
    /// An object is done: all of it is stored that can be.
    ObjectDone => "Object Done",
    /// The last attempt at an object failed, and its message is in the dead-letter queue.
    ObjectFailed => "Object Failed",
    /// An object is none of its pipeline's, and nothing of it is stored, or of parts of it.
    ObjectRefused => "Object Refused",
    /// A greater share of an object's records was rejected than `rejects.alert_ratio` allows.
    RecordsRejected => "Records Rejected",
    /// An uploaded plugin is in use.
    PluginPublished => "Plugin Published",
    /// An uploaded plugin did not pass, and is not used.
    PluginRefused => "Plugin Refused",
    /// A new version of a plugin did not prove itself.
    PluginRolledBack => "Plugin Rolled Back",
}

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What every event says.
    pub head: Head,
    /// What happened.
    pub what: What,
}

/// An event, as it waits to be told.
#[derive(Serialize, Deserialize)]
struct Written {
    detail_type: String,
    detail: Value,
}

/// Why a text is no event of ours.
#[derive(Debug, thiserror::Error)]
pub enum NotAnEvent {
    /// Its kind is not known.
    #[error("there is no event `{0}`")]
    Kind(String),
    /// It does not say what its kind has to say.
    #[error("it does not say what an event of its kind does: {0}")]
    Detail(#[from] serde_json::Error),
}

impl Event {
    /// Its kind.
    pub const fn kind(&self) -> EventKind {
        self.what.kind()
    }

    /// What EventBridge calls the `detail`.
    pub fn detail(&self) -> Value {
        let mut detail = json!(self.head);
        if let (Some(all), Value::Object(own)) = (detail.as_object_mut(), self.what.detail()) {
            all.extend(own);
        }
        detail
    }

    /// The event of that `detail-type` and `detail`. Members that are not known are passed over: a newer version may tell
    /// more.
    ///
    /// # Errors
    ///
    /// It is no event of ours.
    pub fn read(detail_type: &str, detail: &Value) -> Result<Event, NotAnEvent> {
        let kind = EventKind::of(detail_type);
        let kind = kind.ok_or_else(|| NotAnEvent::Kind(detail_type.to_owned()))?;
        Ok(Event {
            head: read(detail)?,
            what: What::read(kind, detail)?,
        })
    }
}

impl Serialize for Event {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = Written {
            detail_type: self.kind().detail_type().to_owned(),
            detail: self.detail(),
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Event, D::Error> {
        let Written {
            detail_type,
            detail,
        } = Written::deserialize(deserializer)?;
        Event::read(&detail_type, &detail).map_err(serde::de::Error::custom)
    }
}

fn read<T: DeserializeOwned>(detail: &Value) -> Result<T, serde_json::Error> {
    serde_json::from_value(detail.clone())
}

impl EventKind {
    /// The kind with this `detail-type`.
    pub fn of(detail_type: &str) -> Option<EventKind> {
        let mut all = EventKind::ALL.iter().copied();
        all.find(|kind| kind.detail_type() == detail_type)
    }

    /// The `detail-type` without blanks.
    pub fn id(self) -> String {
        self.detail_type().replace(' ', "")
    }

    /// The id of an event of this kind: made of what tells it from every other, so that whoever tells it again says the same.
    pub fn event_id(self, told: &[&str]) -> String {
        let mut pieces = vec![self.detail_type()];
        for one in told {
            pieces.extend(["\0", one]);
        }
        Sha256::of_pieces(pieces).prefix(32)
    }

    /// Everything that an event of this kind says.
    pub fn all_members(self) -> Vec<Member> {
        let mut members = Head::members();
        members.extend(self.members());
        members
    }

    /// The OpenAPI document of an event of this kind, as EventBridge's schema registry takes it
    /// (`aws schemas create-schema --type OpenApi3`).
    pub fn schema(self) -> Value {
        let id = self.id();
        let text = || json!({ "type": "string" });
        json!({
            "openapi": "3.0.0",
            "info": { "version": "1.0.0", "title": id, "description": self.means() },
            "paths": {},
            "components": { "schemas": {
                "AWSEvent": {
                    "type": "object",
                    "required": [
                        "version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail",
                    ],
                    "x-amazon-events-detail-type": self.detail_type(),
                    "x-amazon-events-source": SOURCE,
                    "properties": {
                        "version": text(),
                        "id": text(),
                        "detail-type": text(),
                        "source": text(),
                        "account": text(),
                        "time": { "type": "string", "format": "date-time" },
                        "region": text(),
                        "resources": { "type": "array", "items": text() },
                        "detail": { "$ref": format!("#/components/schemas/{id}") },
                    },
                },
                id: shape::object(&self.all_members()),
            } },
        })
    }
}

#[cfg(test)]
mod tests;
