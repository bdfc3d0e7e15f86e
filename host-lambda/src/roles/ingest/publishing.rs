//! How the files of a part become visible: stored, registered in the catalog, and without those of older versions.

use sluice_contract::{
    objects::Prefix,
    stack::{Lake, Reupload},
};
use sluice_pipeline::{
    ports::{Outputs, SinkError, SourceObject},
    report::ObjectReport,
    sink::FinishedFile,
};

use super::Ingest;
use crate::aws::{LakeBucket, LakeVersions};

/// The files of one part.
pub(super) struct Publishing<'a> {
    ingest: &'a Ingest,
    bucket: LakeBucket,
    /// Where files of older versions are to leave the lake.
    versions: Option<LakeVersions>,
    /// The name of the part's files.
    stem: &'a str,
    attempt: &'a str,
}

impl Ingest {
    /// Publishes the files of a part, which are called `stem`. `attempt` differs from attempt to attempt.
    pub(super) fn publishing<'a>(
        &'a self,
        object: &SourceObject,
        stem: &'a str,
        attempt: &'a str,
    ) -> Publishing<'a> {
        Publishing {
            ingest: self,
            bucket: self.lake_bucket(),
            versions: self.versions(object),
            stem,
            attempt,
        }
    }

    /// Takes the rows of older versions of an object out of the lake, now that those of this one are all in it. An object of
    /// which nothing was stored because there is something wrong with it replaces nothing.
    pub(super) fn replace_older(
        &self,
        object: &SourceObject,
        report: &ObjectReport,
    ) -> Result<(), SinkError> {
        let Some(versions) = self.versions(object).filter(|_| !report.is_unusable()) else {
            return Ok(());
        };
        let changed = |folders: &[&str]| self.changed(folders);
        let files = versions.replace(&self.lake_bucket(), &changed)?;
        if files > 0 {
            tracing::info!(
                source = object.uri,
                version = object.version,
                files,
                "files of older versions left the lake"
            );
        }
        Ok(())
    }

    /// Has queries read folders whose files have changed, where they read them in fewer files until now.
    fn changed(&self, folders: &[&str]) -> Result<(), SinkError> {
        match (&self.catalog, &self.compacted) {
            (Some(catalog), Some(compacted)) => compacted.changed(catalog, folders),
            _ => Ok(()),
        }
    }

    fn lake_bucket(&self) -> LakeBucket {
        LakeBucket::new(&self.session, self.environment.lake_bucket.clone())
    }

    fn lake(&self) -> Option<&Lake> {
        self.environment.settings.pipeline.lake()
    }

    /// The versions of an object in the lake, where a newer one replaces the older.
    fn versions(&self, object: &SourceObject) -> Option<LakeVersions> {
        let lake = self.lake()?;
        (lake.reupload == Reupload::Replace).then(|| {
            LakeVersions::new(
                &self.session,
                self.environment.control_table.clone(),
                self.environment.settings.pipeline.name.clone(),
                object,
            )
        })
    }
}

impl Outputs for Publishing<'_> {
    fn publish(&mut self, files: &[FinishedFile]) -> Result<(), SinkError> {
        let prefix = Prefix::Lake.of(&self.ingest.environment.settings.pipeline.name);
        let folders: Vec<&str> = files
            .iter()
            .filter_map(|file| file.name.strip_prefix(&prefix))
            .map(|name| &name[..name.rfind('/').map_or(0, |at| at + 1)])
            .collect();
        let versions = self.versions.as_ref().filter(|_| !folders.is_empty());
        if let Some(versions) = versions {
            versions.note(self.attempt, self.stem, &folders)?;
        }
        self.bucket.publish(files)?;
        if let Some(catalog) = &self.ingest.catalog {
            catalog.register(&folders)?;
        }
        self.ingest.changed(&folders)?;
        if let Some(versions) = versions {
            // A newer version may be done already.
            let changed = |folders: &[&str]| self.ingest.changed(folders);
            versions.clear(&self.bucket, &changed)?;
            versions.withdraw(&self.bucket, self.stem, &folders, &changed)?;
        }
        Ok(())
    }
}
