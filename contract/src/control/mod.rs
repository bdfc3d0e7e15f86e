//! Items of the control table: their keys, their attributes, and the paths to what is inside of these.
//!
//! | item | partition key | sort key |
//! | --- | --- | --- |
//! | [`ledger`]: what became of an object, or of a part of it | `object#<uri>#<version>` | `ledger#<pipeline>`, `ledger#<pipeline>#<first record>` |
//! | [`plugin`]: which version of a plugin is in use | `plugin#<pipeline>` | `pointer` |
//! | [`plugin`]: what became of a version | `plugin#<pipeline>` | `version#<sha256>` |
//! | [`plugin`]: an upload that was refused unread | `plugin#<pipeline>` | `upload#<sequencer>` |
//! | [`seen`]: a record that an object has brought | `key#<space>#<hash>` | `seen` |
//! | [`lake`]: which version of an object is in the lake | `name#<uri>` | `newest#<pipeline>` |
//! | [`lake`]: the files of a part of a version | `name#<uri>` | `files#<pipeline>#<stem>#<number>` |
//! | [`compacted`]: where a folder's records are in fewer files | `folder#<pipeline>#<folder>` | `compacted` |
//! | [`notified`]: what PagerDuty or Slack was told | `told#<event>` | the channel |
//! | [`notified`]: an incident that is open | `incident#<key>` | `incident` |
//! | [`answer`]: what was answered to a request of an API | `request#<hash>` | `answer` |
//!
//! The host writes items, scripts of `gen replay` read and change them, and the template makes the table. An attribute is
//! a [`Path`] with a type, so that whoever asks for something that no item has does not compile. How expressions are put
//! together, and what the values mean to the record path, is not known here.

pub mod answer;
pub mod compacted;
pub mod lake;
pub mod ledger;
pub mod notified;
pub mod path;
pub mod plugin;
pub mod seen;

use self::path::{Number, Path, Text};

/// The partition key.
pub const PARTITION_KEY: Path<Text> = Path::attribute("pk");
/// The sort key.
pub const SORT_KEY: Path<Text> = Path::attribute("sk");
/// The second after which an item vanishes, counted from 1970-01-01T00:00:00Z; absent from one that stays.
pub const EXPIRES_AT: Path<Number> = Path::attribute("expires_at");
