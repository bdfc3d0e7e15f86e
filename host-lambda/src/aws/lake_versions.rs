//! Which version of an object is in the lake, and the files of each: items of the control table.
//!
//! What an item is called and what it holds is said in [`sluice_contract::control::lake`].
//!
//! Files are noted before they are stored, and the newest version is written down before the files of others are looked
//! for. So of two versions that end at the same time, one finds the other, whatever stops in between. What an attempt noted
//! is forgotten only as it was when its files were removed: the next attempt at the same version notes it anew. And whoever
//! has stored files looks once more whether a newer version came in between.

use std::collections::HashMap;

use aws_sdk_dynamodb::{operation::update_item::UpdateItemError, types::AttributeValue};
use sluice_contract::{
    access::Resource,
    control::{PARTITION_KEY, SORT_KEY, lake, ledger},
    objects,
};
use sluice_pipeline::ports::{SinkError, SourceObject};

use super::{
    LakeBucket, Session,
    attribute::{Attributes, entry, text_of},
    expression::{self, Condition, Update},
    refusal::{is_passing, reason},
    table::{self, new_backoff, put_if},
};

pub(crate) const CALLS: &[(&str, Resource)] = &[
    ("dynamodb:DeleteItem", Resource::VersionItems),
    ("dynamodb:GetItem", Resource::VersionItems),
    ("dynamodb:PutItem", Resource::VersionItems),
    ("dynamodb:Query", Resource::VersionItems),
    ("dynamodb:UpdateItem", Resource::VersionItems),
    // Says in the ledger which version replaced another.
    ("dynamodb:UpdateItem", Resource::LedgerItems),
];

/// Is told of folders from which files were taken out. What it fails to do is done by the next attempt.
type Changed<'a> = &'a dyn Fn(&[&str]) -> Result<(), SinkError>;

/// Folders of one item, in bytes; an item has 400 KB.
const MOST_BYTES: usize = 256 << 10;

/// The versions of one object, for an attempt at one of them.
#[derive(Debug)]
pub struct LakeVersions {
    session: Session,
    table: String,
    pipeline: String,
    uri: String,
    version: String,
    arrived: String,
}

impl LakeVersions {
    /// Kept in the control table `table`.
    pub fn new(session: &Session, table: String, pipeline: String, object: &SourceObject) -> Self {
        Self {
            session: session.clone(),
            table,
            pipeline,
            uri: object.uri.clone(),
            version: object.version.clone(),
            arrived: lake::arrived(object.received_at, &object.sequencer, &object.version),
        }
    }

    /// Notes the folders that a part of this version has files in, or will have. `stem` is what they are called, and
    /// `attempt` differs from attempt to attempt.
    pub fn note(&self, attempt: &str, stem: &str, folders: &[&str]) -> Result<(), SinkError> {
        let mut rest = folders;
        let mut some = 0;
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = rest.iter().take_while(|folder| {
                bytes += folder.len() + 1;
                bytes <= MOST_BYTES
            });
            let (item, left) = rest.split_at(fits.count().max(1));
            self.put(attempt, stem, some, &item.join("\n"))
                .map_err(|reason| self.refused("note its files in the lake", reason))?;
            rest = left;
            some += 1;
        }
        Ok(())
    }

    fn put(&self, attempt: &str, stem: &str, some: usize, folders: &str) -> Result<(), String> {
        let item = [
            entry(PARTITION_KEY, lake::partition_key(&self.uri)),
            entry(SORT_KEY, lake::files(&self.pipeline, stem, some)),
            entry(lake::VERSION, &self.version),
            entry(lake::ARRIVED, &self.arrived),
            entry(lake::FOLDERS, folders.to_owned()),
            entry(lake::STEM, stem.to_owned()),
            entry(lake::ATTEMPT, attempt.to_owned()),
        ];
        let request = self
            .session
            .dynamodb()
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item.into()));
        self.session.wait_for(put_if(request)).map(drop)
    }

    /// Makes this version the one that is in the lake, unless a newer one is, and takes the files of every older one out
    /// of it. How many files that are.
    pub fn replace(&self, bucket: &LakeBucket, changed: Changed<'_>) -> Result<u64, SinkError> {
        self.claim()
            .map_err(|reason| self.refused("become the version in the lake", reason))?;
        self.clear(bucket, changed)
    }

    /// Takes the files of versions out of the lake that are older than the one that is in it; this one may be among them.
    pub fn clear(&self, bucket: &LakeBucket, changed: Changed<'_>) -> Result<u64, SinkError> {
        let refused = |reason| self.refused("take older versions out of the lake", reason);
        let Some(newest) = self.newest().map_err(refused)? else {
            return Ok(0);
        };
        let Some(arrived) = text_of(&newest, lake::ARRIVED) else {
            return Ok(0);
        };
        let replaced_by = text_of(&newest, lake::VERSION).unwrap_or_default();
        let mut removed = 0;
        for item in self.files().map_err(refused)? {
            let older = text_of(&item, lake::ARRIVED).is_some_and(|other| other < arrived);
            let (Some(stem), true) = (text_of(&item, lake::STEM), older) else {
                continue;
            };
            let folders = text_of(&item, lake::FOLDERS).unwrap_or_default();
            let names: Vec<String> = folders
                .split('\n')
                .map(|folder| objects::lake(&self.pipeline, folder, &stem))
                .collect();
            removed += names.len() as u64;
            bucket.remove(&names)?;
            changed(&folders.split('\n').collect::<Vec<_>>())?;
            if let Some(version) = text_of(&item, lake::VERSION) {
                self.say_replaced(&version, &replaced_by).map_err(refused)?;
            }
            self.forget(&item).map_err(refused)?;
        }
        Ok(removed)
    }

    /// Takes files of this version out of the lake that were stored just now, where a newer one is in it. That one may have
    /// looked for them between their being noted and their being stored: then their note is gone, and nobody else removes them.
    pub fn withdraw(
        &self,
        bucket: &LakeBucket,
        stem: &str,
        folders: &[&str],
        changed: Changed<'_>,
    ) -> Result<(), SinkError> {
        let refused = |reason| self.refused("look for a newer version", reason);
        let newest = self.newest().map_err(refused)?;
        let newest = newest.and_then(|newest| text_of(&newest, lake::ARRIVED));
        if newest.is_none_or(|newest| newest <= self.arrived) {
            return Ok(());
        }
        let names = folders.iter();
        let names: Vec<String> = names
            .map(|folder| objects::lake(&self.pipeline, folder, stem))
            .collect();
        bucket.remove(&names)?;
        changed(folders)
    }

    /// Writes this version down as the newest, unless a newer one is.
    fn claim(&self) -> Result<(), String> {
        let update = Update::new()
            .set(lake::VERSION, &self.version)
            .set(lake::ARRIVED, &self.arrived);
        let is_newer =
            Condition::absent(lake::ARRIVED).or(Condition::is_less(lake::ARRIVED, &self.arrived));
        self.update(
            lake::partition_key(&self.uri),
            lake::newest(&self.pipeline),
            &update,
            &is_newer,
        )
    }

    /// Says in the ledger by which version another one was replaced.
    fn say_replaced(&self, version: &str, by: &str) -> Result<(), String> {
        let update = Update::new().set(ledger::REPLACED_BY, by.to_owned());
        self.update(
            ledger::partition_key(&self.uri, version),
            ledger::object(&self.pipeline),
            &update,
            &Condition::exists(PARTITION_KEY),
        )
    }

    /// Updates an item where a condition holds, and does nothing where it does not.
    fn update(
        &self,
        partition_key: String,
        sort_key: String,
        update: &Update,
        condition: &Condition,
    ) -> Result<(), String> {
        let request = self
            .session
            .dynamodb()
            .update_item()
            .table_name(&self.table)
            .key(PARTITION_KEY.name(), AttributeValue::S(partition_key))
            .key(SORT_KEY.name(), AttributeValue::S(sort_key));
        let request = expression::update(request, update, condition);
        self.session.wait_for(async {
            let mut backoff = new_backoff();
            loop {
                let error = match request.clone().send().await {
                    Ok(_) => return Ok(()),
                    Err(error) => error,
                };
                let failed = error.as_service_error();
                if failed.is_some_and(UpdateItemError::is_conditional_check_failed_exception) {
                    return Ok(());
                }
                if !(is_passing(&error) && backoff.wait().await) {
                    return Err(reason(&error));
                }
            }
        })
    }

    /// The item of the version that is in the lake.
    fn newest(&self) -> Result<Option<Attributes>, String> {
        let request = self
            .session
            .dynamodb()
            .get_item()
            .table_name(&self.table)
            .set_key(Some(self.key(lake::newest(&self.pipeline))))
            .consistent_read(true);
        let answer = self.session.wait_for(request.send());
        answer
            .map(|answer| answer.item)
            .map_err(|error| reason(&error))
    }

    /// The items of the files of all versions.
    fn files(&self) -> Result<Vec<Attributes>, String> {
        let keys = Condition::is(PARTITION_KEY, lake::partition_key(&self.uri))
            .and(Condition::begins(SORT_KEY, lake::all_files(&self.pipeline)));
        table::items(&self.session, &self.table, &keys)
    }

    /// Removes the item of files that are gone, unless a later attempt has noted them anew.
    fn forget(&self, item: &Attributes) -> Result<(), String> {
        let sort_key = text_of(item, SORT_KEY).unwrap_or_default();
        let attempt = text_of(item, lake::ATTEMPT).unwrap_or_default();
        let request = self
            .session
            .dynamodb()
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(self.key(sort_key)));
        let request = expression::delete(request, &Condition::is(lake::ATTEMPT, attempt));
        match self.session.wait_for(request.send()) {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(failed) if failed.is_conditional_check_failed_exception() => Ok(()),
                _ => Err(reason(&error)),
            },
        }
    }

    fn key(&self, sort_key: String) -> HashMap<String, AttributeValue> {
        [
            entry(PARTITION_KEY, lake::partition_key(&self.uri)),
            entry(SORT_KEY, sort_key),
        ]
        .into()
    }

    fn refused(&self, action: &str, reason: String) -> SinkError {
        SinkError {
            target: format!("control table `{}`", self.table),
            action: action.to_owned(),
            reason,
        }
    }
}
