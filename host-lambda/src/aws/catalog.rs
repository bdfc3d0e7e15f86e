//! Partitions of a pipeline's table in the Glue Data Catalog.
//!
//! Every folder of the lake is one, and is registered when a file is in it, so that each engine that asks the catalog finds
//! the same. A partition repeats what the table says of its files; one that was registered before the manifest had a field
//! is brought up to date, because engines would read null there.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde::Deserialize;
use serde_json::{Value, json};
use sluice_contract::{
    access::Resource,
    catalog, folder,
    objects::Prefix,
    stack::{Lake, Pipeline},
};
use sluice_pipeline::ports::SinkError;

use super::{Session, table::new_backoff};

pub(crate) const CALLS: &[(&str, Resource)] = &[
    ("glue:BatchCreatePartition", Resource::CatalogTable),
    ("glue:BatchGetPartition", Resource::CatalogTable),
    ("glue:BatchUpdatePartition", Resource::CatalogTable),
];

/// Partitions of one call. Glue takes 100 to create and to update.
/// <https://docs.aws.amazon.com/glue/latest/webapi/API_BatchCreatePartition.html>
const AT_ONCE: usize = 100;

/// How long it is taken for granted that a partition is there which was: somebody may take it away.
const KNOWN_FOR: Duration = Duration::from_secs(600);

/// Folders that are remembered. They are forgotten all at once, and asked for again.
const MOST_KNOWN: usize = 20_000;

/// What Glue says of a partition that it does not have.
const NOT_FOUND: &str = "EntityNotFoundException";

/// The table of one pipeline's lake.
#[derive(Debug)]
pub struct CatalogTable {
    session: Session,
    database: String,
    table: String,
    /// Its address, with a `/`.
    bucket: String,
    location: String,
    columns: Vec<Value>,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    since: Instant,
    folders: HashSet<String>,
}

/// What Glue says of the partitions of a call that it did not take.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    errors: Option<Vec<PartitionError>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PartitionError {
    /// Of a partition that was not created.
    partition_values: Option<Vec<String>>,
    /// Of one that was not updated.
    partition_value_list: Option<Vec<String>>,
    error_detail: Option<ErrorDetail>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorDetail {
    error_code: Option<String>,
    error_message: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    #[serde(default)]
    partitions: Option<Vec<FoundPartition>>,
    /// What it had no time for.
    #[serde(default)]
    unprocessed_keys: Option<Vec<Value>>,
}

/// A page of all partitions.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    #[serde(default)]
    partitions: Option<Vec<FoundPartition>>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FoundPartition {
    #[serde(default)]
    values: Vec<String>,
    storage_descriptor: Option<Descriptor>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Descriptor {
    #[serde(default)]
    columns: Vec<Column>,
    #[serde(default)]
    location: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Column {
    name: String,
    #[serde(default, rename = "Type")]
    kind: String,
}

/// A folder and the values that it stands for.
struct Wanted<'a> {
    folder: &'a str,
    values: Vec<String>,
}

impl CatalogTable {
    /// The table of a pipeline in `database`, over its files in `bucket`.
    pub fn new(
        session: &Session,
        database: String,
        bucket: &str,
        pipeline: &Pipeline,
        lake: &Lake,
    ) -> Self {
        let columns = catalog::columns(pipeline, lake).map(
            |field| json!({ "Name": catalog::column(&field.name), "Type": field.kind.hive() }),
        );
        Self {
            session: session.clone(),
            database,
            table: catalog::table(pipeline),
            bucket: format!("s3://{bucket}/"),
            location: format!("s3://{bucket}/{}", Prefix::Lake.of(&pipeline.name)),
            columns: columns.collect(),
            known: Mutex::new(Known {
                since: Instant::now(),
                folders: HashSet::new(),
            }),
        }
    }

    /// Registers folders, each of which ends in `/`, where they are not registered. The empty one, which is the table's own
    /// place, needs no partition.
    pub fn register(&self, folders: &[&str]) -> Result<(), SinkError> {
        let unknown = self.unknown(folders);
        for some in unknown.chunks(AT_ONCE) {
            let wanted = some.iter().map(|folder| {
                let values = folder::values(folder).unwrap_or_default();
                Wanted { folder, values }
            });
            let wanted: Vec<Wanted<'_>> = wanted.collect();
            self.session
                .wait_for(self.create(&wanted))
                .map_err(|reason| {
                    self.refused(format!("register {} partitions", wanted.len()), reason)
                })?;
            self.know(some);
        }
        Ok(())
    }

    /// Leads queries for a folder's records to a place in the bucket, which ends in `/`, if Glue answers in time. `false`
    /// where the folder is not registered.
    pub fn point(&self, folder: &str, place: &str, within: Duration) -> Result<bool, SinkError> {
        let wanted = Wanted {
            folder,
            values: folder::values(folder).unwrap_or_default(),
        };
        let mut input = self.input(&wanted);
        input["StorageDescriptor"]["Location"] = json!(format!("{}{place}", self.bucket));
        let entry = json!({ "PartitionValueList": wanted.values, "PartitionInput": input });
        let arguments = self.arguments(json!({ "Entries": [entry] }));
        let call = self
            .session
            .glue::<Answer>("AWSGlue.BatchUpdatePartition", arguments);
        let refused = |reason| self.refused(format!("lead `{folder}` to `{place}`"), reason);
        let answer = self
            .session
            .wait_for(async { tokio::time::timeout(within, call).await })
            .unwrap_or_else(|_| Err(format!("there was no answer for {} s", within.as_secs())));
        let errors = answer.map_err(&refused)?.errors;
        match errors.unwrap_or_default().into_iter().next() {
            None => Ok(true),
            Some(error) => match told(error.error_detail) {
                (code, _) if code == NOT_FOUND => Ok(false),
                (_, message) => Err(refused(message)),
            },
        }
    }

    /// Where queries find the records of each partition, in the bucket. What lies elsewhere is left out.
    pub fn places(&self) -> Result<Vec<String>, SinkError> {
        let mut places = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let mut arguments = self.arguments(json!({ "ExcludeColumnSchema": true }));
            if let Some(token) = &next {
                arguments["NextToken"] = json!(token);
            }
            let call = self
                .session
                .glue::<Listed>("AWSGlue.GetPartitions", arguments);
            let listed = self.session.wait_for(call);
            let listed =
                listed.map_err(|reason| self.refused("list partitions".to_owned(), reason))?;
            let found = listed.partitions.unwrap_or_default().into_iter();
            places.extend(found.filter_map(|found| {
                let location = found.storage_descriptor?.location;
                location.strip_prefix(&self.bucket).map(str::to_owned)
            }));
            next = listed.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(places);
            }
        }
    }

    fn refused(&self, action: String, reason: String) -> SinkError {
        SinkError {
            target: format!("catalog table `{}.{}`", self.database, self.table),
            action,
            reason,
        }
    }

    fn unknown<'a>(&self, folders: &[&'a str]) -> Vec<&'a str> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.since.elapsed() > KNOWN_FOR || known.folders.len() > MOST_KNOWN {
            known.folders.clear();
            known.since = Instant::now();
        }
        let folders = folders.iter().copied();
        folders
            .filter(|folder| !folder.is_empty() && !known.folders.contains(*folder))
            .collect()
    }

    fn know(&self, folders: &[&str]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .folders
            .extend(folders.iter().map(|folder| (*folder).to_owned()));
    }

    /// Creates partitions. Those that are there already are brought up to date.
    async fn create(&self, wanted: &[Wanted<'_>]) -> Result<(), String> {
        let mut left: Vec<&Wanted<'_>> = wanted.iter().collect();
        let mut there = Vec::new();
        let mut backoff = new_backoff();
        while !left.is_empty() {
            let list: Vec<Value> = left.iter().map(|wanted| self.input(wanted)).collect();
            let arguments = self.arguments(json!({ "PartitionInputList": list }));
            let Answer { errors } = self
                .session
                .glue("AWSGlue.BatchCreatePartition", arguments)
                .await?;
            let mut again = Vec::new();
            let mut trouble = None;
            for error in errors.unwrap_or_default() {
                let values = error.partition_values.unwrap_or_default();
                let found = left.iter().find(|wanted| wanted.values == values);
                let (code, message) = told(error.error_detail);
                match (found, code.as_str()) {
                    (Some(wanted), "AlreadyExistsException") => there.push(*wanted),
                    (Some(wanted), code) if is_passing(code) => {
                        again.push(*wanted);
                        trouble = Some(message);
                    }
                    _ => return Err(message),
                }
            }
            if let Some(message) = trouble
                && !backoff.wait().await
            {
                return Err(message);
            }
            left = again;
        }
        if there.is_empty() {
            return Ok(());
        }
        self.bring_up_to_date(&there).await
    }

    /// Makes partitions say of their files what the table says, where they do not.
    async fn bring_up_to_date(&self, there: &[&Wanted<'_>]) -> Result<(), String> {
        let mut entries = Vec::new();
        for found in self.found(there).await? {
            let Some(wanted) = there.iter().find(|wanted| wanted.values == found.values) else {
                continue;
            };
            if !self.is_up_to_date(wanted, found.storage_descriptor.as_ref()) {
                entries.push(json!({
                    "PartitionValueList": wanted.values,
                    "PartitionInput": self.input(wanted),
                }));
            }
        }
        if entries.is_empty() {
            return Ok(());
        }
        let arguments = self.arguments(json!({ "Entries": entries }));
        let Answer { errors } = self
            .session
            .glue("AWSGlue.BatchUpdatePartition", arguments)
            .await?;
        match errors.unwrap_or_default().into_iter().next() {
            Some(error) => {
                let values = error.partition_value_list.unwrap_or_default();
                let (_, message) = told(error.error_detail);
                Err(format!("partition {}: {message}", values.join(", ")))
            }
            None => Ok(()),
        }
    }

    /// What partitions are like that are there.
    async fn found(&self, there: &[&Wanted<'_>]) -> Result<Vec<FoundPartition>, String> {
        let mut left: Vec<Value> = there
            .iter()
            .map(|wanted| json!({ "Values": wanted.values }))
            .collect();
        let mut found = Vec::new();
        let mut backoff = new_backoff();
        loop {
            let arguments = self.arguments(json!({ "PartitionsToGet": left }));
            let Found {
                partitions,
                unprocessed_keys,
            } = self
                .session
                .glue("AWSGlue.BatchGetPartition", arguments)
                .await?;
            found.extend(partitions.unwrap_or_default());
            left = unprocessed_keys.unwrap_or_default();
            if left.is_empty() {
                return Ok(found);
            }
            if !backoff.wait().await {
                return Err(format!(
                    "it does not say what {} partitions are like",
                    left.len()
                ));
            }
        }
    }

    fn is_up_to_date(&self, wanted: &Wanted<'_>, descriptor: Option<&Descriptor>) -> bool {
        let Some(Descriptor { columns, location }) = descriptor else {
            return false;
        };
        let same = |(own, found): (&Value, &Column)| {
            own["Name"] == found.name.as_str() && own["Type"] == found.kind.as_str()
        };
        location.trim_end_matches('/') == self.place(wanted).trim_end_matches('/')
            && columns.len() == self.columns.len()
            && self.columns.iter().zip(columns).all(same)
    }

    fn place(&self, wanted: &Wanted<'_>) -> String {
        format!("{}{}", self.location, wanted.folder)
    }

    fn input(&self, wanted: &Wanted<'_>) -> Value {
        json!({
            "Values": wanted.values,
            "StorageDescriptor": {
                "Location": self.place(wanted),
                "Columns": self.columns,
                "InputFormat": catalog::INPUT_FORMAT,
                "OutputFormat": catalog::OUTPUT_FORMAT,
                "SerdeInfo": {
                    "SerializationLibrary": catalog::SERDE,
                    "Parameters": { "serialization.format": "1" },
                },
            },
        })
    }

    fn arguments(&self, mut arguments: Value) -> Value {
        arguments["DatabaseName"] = json!(self.database);
        arguments["TableName"] = json!(self.table);
        arguments
    }
}

/// The code of a refusal, and what to tell people.
fn told(detail: Option<ErrorDetail>) -> (String, String) {
    let code = detail.as_ref().and_then(|detail| detail.error_code.clone());
    let code = code.unwrap_or_default();
    let message = detail.and_then(|detail| detail.error_message);
    let message = format!("{code}: {}", message.unwrap_or_default());
    (code, message)
}

/// Whether a partition may be taken the next time. Two calls at once may trip each other up.
fn is_passing(code: &str) -> bool {
    matches!(
        code,
        "InternalServiceException"
            | "OperationTimeoutException"
            | "ThrottlingException"
            | "ConcurrentModificationException"
    )
}
