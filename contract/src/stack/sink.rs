//! Where the records of a pipeline are stored. [`Sink`] is the list; what has to know every sink matches over it.

use serde::{Deserialize, Serialize};

use super::{Http, is_default};

/// One place where the records of a pipeline are stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Sink {
    /// As items.
    Table(Table),
    /// As Parquet files.
    Lake(Lake),
    /// At somebody else's, by their API.
    Http(Http),
}

/// Which versions of a record a sink has, once an object is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// The newest. What comes later and is older is left out, and what came earlier and is older is replaced.
    Newest,
    /// All that objects brought, as history. Only what another row of the same object makes superfluous is taken out.
    All,
}

impl Sink {
    /// Its name in a manifest, in settings and for people.
    pub fn name(&self) -> &'static str {
        match self {
            Sink::Table(_) => "table",
            Sink::Lake(_) => "lake",
            Sink::Http(_) => "http",
        }
    }

    /// Which versions of a record it has.
    pub fn keeps(&self) -> Keeps {
        match self {
            // What was sent cannot be taken back; which version stays is for the receiver to say.
            Sink::Table(_) | Sink::Http(_) => Keeps::Newest,
            Sink::Lake(_) => Keeps::All,
        }
    }

    /// Whether it may refuse a row that passed every check, when it was given it. The text of every record is then kept until
    /// the object is done.
    pub fn refuses_late(&self) -> bool {
        match self {
            Sink::Table(_) | Sink::Lake(_) => false,
            Sink::Http(_) => true,
        }
    }

    pub(super) fn as_table(&self) -> Option<&Table> {
        if let Sink::Table(table) = self {
            Some(table)
        } else {
            None
        }
    }

    pub(super) fn as_lake(&self) -> Option<&Lake> {
        if let Sink::Lake(lake) = self {
            Some(lake)
        } else {
            None
        }
    }

    pub(super) fn as_http(&self) -> Option<&Http> {
        if let Sink::Http(http) = self {
            Some(http)
        } else {
            None
        }
    }
}

/// Sinks as members of their pipeline: lists of tagged values would take more of the few kilobytes of an environment.
pub(super) mod members {
    use serde::{Deserialize, Deserializer, Serializer, ser::SerializeMap as _};

    use super::{Http, Lake, Sink, Table};

    #[derive(Deserialize)]
    struct Members {
        table: Option<Table>,
        lake: Option<Lake>,
        http: Option<Http>,
    }

    pub(in super::super) fn serialize<S: Serializer>(
        sinks: &[Sink],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(sinks.len()))?;
        for sink in sinks {
            match sink {
                Sink::Table(table) => members.serialize_entry(sink.name(), table)?,
                Sink::Lake(lake) => members.serialize_entry(sink.name(), lake)?,
                Sink::Http(http) => members.serialize_entry(sink.name(), http)?,
            }
        }
        members.end()
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Sink>, D::Error> {
        let Members { table, lake, http } = Members::deserialize(deserializer)?;
        let sinks = [
            table.map(Sink::Table),
            lake.map(Sink::Lake),
            http.map(Sink::Http),
        ];
        Ok(sinks.into_iter().flatten().collect())
    }
}

/// A DynamoDB table, and its twin in SQLite. Its primary key is always the pipeline's `key`, so that two records never
/// collide and the newest version of one always meets the older.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The key field of the partition key.
    pub partition_key: String,
    /// The rest of the key as sort key. Two or more fields are joined with `#`, and each is escaped (`\#`, `\\`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sort_key: Vec<String>,
    /// Global secondary indexes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<Index>,
    /// Items vanish this many days after `ttl_field`'s time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Ttl>,
}

impl Table {
    /// The attribute that holds the second after which an item vanishes, counted from 1970-01-01T00:00:00Z. No field
    /// can have its name.
    pub const TTL_ATTRIBUTE: &str = "sluice#expires_at";

    /// The longest partition key that DynamoDB takes, in bytes.
    pub const MAX_PARTITION_KEY_BYTES: usize = 2048;

    /// The longest sort key that DynamoDB takes, in bytes.
    pub const MAX_SORT_KEY_BYTES: usize = 1024;

    /// The largest item that DynamoDB takes, in bytes: names and values.
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
    pub const MAX_ITEM_BYTES: usize = 400 << 10;

    /// The attribute of the sort key, if there is one: the field's own name, or the names joined with `#`, as their
    /// values are.
    pub fn sort_attribute(&self) -> Option<String> {
        (!self.sort_key.is_empty()).then(|| self.sort_key.join("#"))
    }
}

/// A global secondary index with all attributes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// The field to look up by.
    pub partition_key: String,
    /// The field to sort by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_key: Option<String>,
}

/// When items vanish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ttl {
    /// A timestamp or date field.
    pub field: String,
    /// Days after it.
    pub days: u32,
}

/// Parquet files on S3 with a Glue table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lake {
    /// The folders of a file, outermost first. May be empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partition_by: Vec<Partition>,
    /// What becomes of an object's rows when it is uploaded again.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reupload: Reupload,
    /// Who registers the folders in the catalog.
    #[serde(default, skip_serializing_if = "is_default")]
    pub catalog: Catalog,
    /// How often the files of a folder are made into few for queries.
    #[serde(default, skip_serializing_if = "is_default")]
    pub compact: Compact,
}

impl Lake {
    /// Whether there are folders that the function that stores the files registers.
    pub fn is_registered(&self) -> bool {
        self.catalog == Catalog::Partitions && !self.partition_by.is_empty()
    }

    /// Whether the files of a folder are made into few.
    pub fn is_compacted(&self) -> bool {
        self.compact != Compact::Never
    }

    /// Whether there are folders that a crawler registers.
    pub fn is_crawled(&self) -> bool {
        self.catalog == Catalog::Crawler && !self.partition_by.is_empty()
    }
}

/// How often the files of a lake's folder are made into few.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compact {
    /// They stay as they are.
    #[default]
    Never,
    /// Once a day, where something has changed.
    Daily,
}

/// Who registers the folders of a lake in the Glue Data Catalog.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Catalog {
    /// The function that stores the files, before their object is done.
    #[default]
    Partitions,
    /// A crawler that is started when there are new files.
    Crawler,
}

/// What becomes of the rows that a lake has of an object when a newer version of the object is uploaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reupload {
    /// They leave the lake when the rows of the newer version are all in it.
    #[default]
    Replace,
    /// They stay, and those of the newer version are added.
    Append,
}

/// One level of a lake's folders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    /// The field that it is computed from.
    pub field: String,
    /// How.
    pub transform: PartitionTransform,
}

impl Partition {
    /// The folder's name before the `=`: `submitted_at_day`, or the field's own for [`PartitionTransform::Value`].
    /// It differs from every field's name except in that case, as Glue wants it.
    pub fn column(&self) -> String {
        match self.transform {
            PartitionTransform::Value => self.field.clone(),
            PartitionTransform::Year => format!("{}_year", self.field),
            PartitionTransform::Month => format!("{}_month", self.field),
            PartitionTransform::Day => format!("{}_day", self.field),
            PartitionTransform::Hour => format!("{}_hour", self.field),
        }
    }
}

/// How a partition's value is computed, as in Apache Iceberg's partition transforms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartitionTransform {
    /// The text, integer, boolean or date itself; the field is then not a column inside the file.
    Value,
    /// `2026`
    Year,
    /// `2026-11`
    Month,
    /// `2026-11-22`
    Day,
    /// `2026-11-22-17`
    Hour,
}
