//! Which folders of a lake queries read somewhere else, in fewer files: items of the control table, and the partitions of the
//! catalog that follow from them.
//!
//! What an item is called and holds is said in [`sluice_contract::control::compacted`]. Two things can happen to a folder at
//! the same time: somebody makes its files into few, and somebody changes its files. The first writes an item before it looks
//! which files there are, and uses what it made only if the item is as it was; the second changes files first, and then looks
//! for an item. So one of them always hears of the other.
//!
//! Glue changes a partition whatever it was before. So whoever leads one to few files says in the item until when, and whoever
//! leads one back waits for that: after it, no partition leads to files that lack a record whose object is done.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    operation::{delete_item::DeleteItemError, update_item::UpdateItemError},
    types::{AttributeValue, KeysAndAttributes},
};
use sluice_contract::{
    access::Resource,
    control::{
        PARTITION_KEY, SORT_KEY,
        compacted::{self, COMPACTED, GENERATION, LEADING, STAMP},
    },
    objects::{self, Prefix},
};
use sluice_pipeline::ports::SinkError;

use super::{
    CatalogTable, Session,
    attribute::{Attributes, Stored, entry, now_seconds, text_of},
    expression::{self, Condition, Update},
    refusal::{is_passing, reason},
    table::new_backoff,
};

/// Of whoever changes the files of folders.
pub(crate) const CHANGE_CALLS: &[(&str, Resource)] = &[
    ("dynamodb:BatchGetItem", Resource::FolderItems),
    ("dynamodb:DeleteItem", Resource::FolderItems),
    ("dynamodb:GetItem", Resource::FolderItems),
    ("dynamodb:UpdateItem", Resource::FolderItems),
    ("glue:BatchUpdatePartition", Resource::CatalogTable),
];

/// Items that one call gets, at the most.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>
const MOST_GETS: usize = 100;

/// The folders of one pipeline's lake.
#[derive(Debug)]
pub struct CompactedFolders {
    session: Session,
    table: String,
    pipeline: String,
}

/// A folder that is being compacted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Begun {
    folder: String,
    stamp: String,
    /// The generation that queries read until now.
    pub generation: Option<String>,
}

/// What an item says.
struct Found {
    stamp: String,
    generation: Option<String>,
}

/// How long a call of Glue may take that leads queries somewhere. Others wait for twice as long.
const LEADS_FOR: Duration = Duration::from_secs(30);

/// How long whoever waits for such a call waits before it looks again.
const LOOKS_AGAIN: Duration = Duration::from_millis(200);

impl CompactedFolders {
    /// Kept in the control table `table`.
    pub fn new(session: &Session, table: String, pipeline: String) -> Self {
        Self {
            session: session.clone(),
            table,
            pipeline,
        }
    }

    /// Has queries read folders themselves, whose files have changed. Each ends in `/`.
    pub fn changed(&self, catalog: &CatalogTable, folders: &[&str]) -> Result<(), SinkError> {
        for (folder, _) in self.generations(folders)? {
            self.open(catalog, &folder)?;
        }
        Ok(())
    }

    /// Has queries read a folder itself, once nobody is leading them elsewhere any more.
    pub fn open(&self, catalog: &CatalogTable, folder: &str) -> Result<(), SinkError> {
        let refused = |reason| self.refused("open a folder", reason);
        let stamp = stamp();
        loop {
            let update = Update::new()
                .set(STAMP, &stamp)
                .remove(GENERATION)
                .remove(LEADING);
            let is_free = Condition::exists(STAMP).and(nobody_leads());
            if self.update(folder, &update, &is_free).map_err(refused)? {
                break;
            }
            match self.find(folder).map_err(refused)? {
                None => return Ok(()),
                // The answer got lost.
                Some(found) if found.stamp == stamp => break,
                Some(_) => std::thread::sleep(LOOKS_AGAIN),
            }
        }
        self.close(catalog, folder)?;
        // Nobody needs to look at it any more, unless it was begun with anew.
        self.forget(folder, &stamp).map_err(refused)
    }

    /// Leads queries to the folder itself, which is right whatever else happens.
    pub fn close(&self, catalog: &CatalogTable, folder: &str) -> Result<(), SinkError> {
        let own = self.place(folder, None);
        catalog.point(folder, &own, LEADS_FOR).map(drop)
    }

    /// Which of these folders have an item, and the generation that it names.
    pub fn generations(
        &self,
        folders: &[&str],
    ) -> Result<HashMap<String, Option<String>>, SinkError> {
        let folders: Vec<&&str> = folders.iter().filter(|folder| !folder.is_empty()).collect();
        let mut found = HashMap::new();
        for some in folders.chunks(MOST_GETS) {
            let items = self.session.wait_for(self.get_all(some));
            let items = items.map_err(|reason| self.refused("look for folders", reason))?;
            for item in items {
                let key = text_of(&item, PARTITION_KEY).unwrap_or_default();
                let start = compacted::partition_key(&self.pipeline, "");
                if let Some(folder) = key.strip_prefix(&start) {
                    found.insert(folder.to_owned(), text_of(&item, GENERATION));
                }
            }
        }
        Ok(found)
    }

    /// Says that a folder is being compacted, before anybody looks which files it has.
    pub fn begin(&self, folder: &str) -> Result<Begun, SinkError> {
        let refused = |reason| self.refused("begin with a folder", reason);
        let stamp = stamp();
        let update = Update::new().set(STAMP, &stamp);
        let always = Condition::exists(PARTITION_KEY).or(Condition::absent(PARTITION_KEY));
        self.update(folder, &update, &always).map_err(refused)?;
        let found = self.find(folder).map_err(refused)?;
        Ok(Begun {
            folder: folder.to_owned(),
            generation: found.and_then(|found| found.generation),
            stamp,
        })
    }

    /// Has queries read a generation. `false` where the folder has changed since it was begun with, or somebody else is at
    /// it; then nothing is done.
    pub fn finish(
        &self,
        catalog: &CatalogTable,
        begun: &Begun,
        generation: &str,
    ) -> Result<bool, SinkError> {
        let refused = |reason| self.refused("finish a folder", reason);
        let stamp = stamp();
        let leading = format!("{}#{stamp}", second(LEADS_FOR + LEADS_FOR));
        let update = Update::new()
            .set(STAMP, &stamp)
            .set(GENERATION, generation)
            .set(LEADING, &leading);
        let is_same = Condition::is(STAMP, &begun.stamp).and(nobody_leads());
        let folder = &begun.folder;
        let is_own = self.update(folder, &update, &is_same).map_err(refused)?
            // The answer may have got lost.
            || self.find(folder).map_err(refused)?.is_some_and(|found| found.stamp == stamp);
        if !is_own {
            return Ok(false);
        }
        let place = self.place(folder, Some(generation));
        catalog.point(folder, &place, LEADS_FOR)?;
        let update = Update::new().remove(LEADING);
        self.update(folder, &update, &Condition::is(LEADING, &leading))
            .map_err(refused)?;
        Ok(true)
    }

    /// Forgets that a folder was begun with, of which queries read the files themselves.
    pub fn abandon(&self, begun: &Begun) -> Result<(), SinkError> {
        if begun.generation.is_some() {
            return Ok(());
        }
        self.forget(&begun.folder, &begun.stamp)
            .map_err(|reason| self.refused("abandon a folder", reason))
    }

    /// Where the records of a folder are, in the lake bucket.
    fn place(&self, folder: &str, generation: Option<&str>) -> String {
        match generation {
            Some(generation) => objects::generation(&self.pipeline, folder, generation),
            None => Prefix::Lake.of(&self.pipeline) + folder,
        }
    }

    fn find(&self, folder: &str) -> Result<Option<Found>, String> {
        let request = self
            .session
            .dynamodb()
            .get_item()
            .table_name(&self.table)
            .set_key(Some(self.key(folder)))
            .consistent_read(true);
        let answer = self.session.wait_for(request.send());
        let item = answer.map_err(|error| reason(&error))?.item;
        Ok(item.and_then(|item| {
            Some(Found {
                stamp: text_of(&item, STAMP)?,
                generation: text_of(&item, GENERATION),
            })
        }))
    }

    async fn get_all(&self, folders: &[&&str]) -> Result<Vec<Attributes>, String> {
        let keys: Vec<_> = folders.iter().map(|folder| self.key(folder)).collect();
        let wanted = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .consistent_read(true)
            .build()
            .map_err(|error| error.to_string())?;
        let mut left = HashMap::from([(self.table.clone(), wanted)]);
        let mut items = Vec::new();
        let mut backoff = new_backoff();
        while !left.is_empty() {
            let request = self.session.dynamodb().batch_get_item();
            let sent = request.set_request_items(Some(left.clone())).send().await;
            let why = match sent {
                Ok(answer) => {
                    let found = answer.responses.unwrap_or_default().into_values();
                    items.extend(found.flatten());
                    left = answer.unprocessed_keys.unwrap_or_default();
                    "it does not say what it has".to_owned()
                }
                Err(error) if is_passing(&error) => reason(&error),
                Err(error) => return Err(reason(&error)),
            };
            if !left.is_empty() && !backoff.wait().await {
                return Err(why);
            }
        }
        Ok(items)
    }

    /// Updates the item of a folder where a condition holds. Whether it did.
    fn update(&self, folder: &str, update: &Update, condition: &Condition) -> Result<bool, String> {
        let request = self
            .session
            .dynamodb()
            .update_item()
            .table_name(&self.table)
            .set_key(Some(self.key(folder)));
        let request = expression::update(request, update, condition);
        self.session.wait_for(async {
            let mut backoff = new_backoff();
            loop {
                let error = match request.clone().send().await {
                    Ok(_) => return Ok(true),
                    Err(error) => error,
                };
                let failed = error.as_service_error();
                if failed.is_some_and(UpdateItemError::is_conditional_check_failed_exception) {
                    return Ok(false);
                }
                if !(is_passing(&error) && backoff.wait().await) {
                    return Err(reason(&error));
                }
            }
        })
    }

    /// Removes the item of a folder, if it is as it was.
    fn forget(&self, folder: &str, stamp: &str) -> Result<(), String> {
        let request = self
            .session
            .dynamodb()
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(self.key(folder)));
        let is_same = Condition::is(STAMP, stamp).or(Condition::absent(PARTITION_KEY));
        let request = expression::delete(request, &is_same);
        match self.session.wait_for(request.send()) {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(reason(&error)),
            },
        }
    }

    fn key(&self, folder: &str) -> HashMap<String, AttributeValue> {
        [
            entry(
                PARTITION_KEY,
                compacted::partition_key(&self.pipeline, folder),
            ),
            (SORT_KEY.name().to_owned(), COMPACTED.stored()),
        ]
        .into()
    }

    fn refused(&self, action: &str, reason: String) -> SinkError {
        SinkError {
            target: format!("control table `{}`", self.table),
            action: format!("{action} that is compacted"),
            reason,
        }
    }
}

/// Nobody is leading queries to a generation.
fn nobody_leads() -> Condition {
    let now = second(Duration::ZERO);
    Condition::absent(LEADING).or(Condition::is_less(LEADING, now))
}

/// The second after a while from now, so that times sort as texts.
fn second(after: Duration) -> String {
    let after = i64::try_from(after.as_secs()).unwrap_or(i64::MAX);
    format!("{:012}", now_seconds().saturating_add(after))
}

/// Differs from every other one.
fn stamp() -> String {
    format!("{:032x}", fastrand::u128(..))
}
