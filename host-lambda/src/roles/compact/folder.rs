//! One folder.

use std::{fs, path::PathBuf};

use bytes::Bytes;
use sluice_contract::{
    compaction,
    objects::{self, Prefix},
};
use sluice_pipeline::sink::lake::compact::{CompactError, Compactor};

use super::{
    Compact, Failure, STAYS_SECONDS, before,
    generation::{Generation, is_of, new_name},
};
use crate::aws::StoredFile;

/// Files that are read at once: so many, or so many bytes.
const MOST_AT_ONCE: usize = 16;
const MOST_BYTES_AT_ONCE: u64 = 128 << 20;

/// What was made of a folder's files.
struct Made {
    files: usize,
    rows: u64,
}

impl Compact {
    /// Compacts a folder where that is worth it, or has queries read its files themselves.
    pub(super) fn folder(&self, order: &compaction::Folder) -> Result<(), Failure> {
        let folder = order.name.as_str();
        if folder.is_empty() || !folder.ends_with('/') {
            return Err(Failure::NoFolder(order.name.clone()));
        }
        let begun = self.compacted.begin(folder)?;
        let prefix = Prefix::Lake.of(&self.pipeline().name) + folder;
        let mut files = self.files.list(&prefix)?;
        // Folders of other levels are others.
        files.retain(|file| !file.name[prefix.len()..].contains('/'));
        let mut generation = Generation::new(self.pipeline());
        files.iter().for_each(|file| generation.add(file));
        let is_quiet = generation.newest <= before(i64::from(order.quiet_minutes) * 60);
        let is_wanted = generation.is_worth_it() && is_quiet;
        let (count, bytes) = (generation.files, generation.bytes);
        let fingerprint = generation.fingerprint();
        if let Some(made) = &begun.generation
            && is_of(made, &fingerprint)
        {
            // Whoever made it may have ended before queries were led to it.
            self.compacted.finish(&self.catalog, &begun, made)?;
            return self.sweep(folder);
        }
        if !is_wanted {
            match begun.generation {
                // Somebody changed the folder's files and did not say so.
                Some(_) => self.compacted.open(&self.catalog, folder)?,
                // Its partition may lead to what nothing is known of.
                None => {
                    self.compacted.close(&self.catalog, folder)?;
                    self.compacted.abandon(&begun)?;
                }
            }
            return self.sweep(folder);
        }
        let name = new_name(&fingerprint);
        self.catalog.register(&[folder])?;
        let pipeline = &self.pipeline().name;
        let made = match self.make(folder, &name, files) {
            Ok(Some(made)) => made,
            Ok(None) => {
                tracing::info!(pipeline, folder, "the folder changes, and stays as it is");
                return Ok(self.compacted.open(&self.catalog, folder)?);
            }
            Err(failure) => {
                self.compacted.open(&self.catalog, folder)?;
                return Err(failure);
            }
        };
        if self.compacted.finish(&self.catalog, &begun, &name)? {
            tracing::info!(
                pipeline,
                folder,
                files = count,
                bytes,
                made = made.files,
                rows = made.rows,
                "many files became few"
            );
        } else {
            tracing::info!(pipeline, folder, "the folder changed meanwhile");
        }
        self.sweep(folder)
    }

    /// Makes the files of a generation. `None` where a file is gone or another by now.
    fn make(
        &self,
        folder: &str,
        generation: &str,
        mut files: Vec<StoredFile>,
    ) -> Result<Option<Made>, Failure> {
        // As queries over the files themselves tell which of equal versions is newest.
        files.sort_by(|a, b| (a.stored_at, &a.name).cmp(&(b.stored_at, &b.name)));
        let failed = |source| Failure::Folder {
            folder: folder.to_owned(),
            source,
        };
        let scratch = &self.environment.scratch;
        let _ = fs::remove_dir_all(scratch);
        fs::create_dir_all(scratch)?;
        let pipeline = self.pipeline();
        let seed = fastrand::u64(..);
        let mut compactor = Compactor::new(pipeline, super::lake(pipeline), scratch, seed);
        let mut made = Made { files: 0, rows: 0 };
        if compactor.looks_first() {
            let look = |file, content: &Bytes| compactor.look(file, content);
            if !self.read(&files, look, failed)? {
                return Ok(None);
            }
        }
        for batch in batches(&files) {
            let Some(contents) = self.files.read(&files[batch.clone()])? else {
                return Ok(None);
            };
            for (file, content) in batch.zip(contents) {
                compactor.add(file as u32, &content).map_err(failed)?;
            }
            self.store(folder, generation, compactor.take_finished(), &mut made)?;
        }
        let (left, rows) = compactor.finish().map_err(failed)?;
        self.store(folder, generation, left, &mut made)?;
        made.rows = rows;
        Ok(Some(made))
    }

    /// Reads all files. `false` where one is gone.
    fn read(
        &self,
        files: &[StoredFile],
        mut take: impl FnMut(u32, &Bytes) -> Result<(), CompactError>,
        failed: impl Fn(CompactError) -> Failure + Copy,
    ) -> Result<bool, Failure> {
        for batch in batches(files) {
            let Some(contents) = self.files.read(&files[batch.clone()])? else {
                return Ok(false);
            };
            for (file, content) in batch.zip(contents) {
                take(file as u32, &content).map_err(failed)?;
            }
        }
        Ok(true)
    }

    fn store(
        &self,
        folder: &str,
        generation: &str,
        paths: Vec<PathBuf>,
        made: &mut Made,
    ) -> Result<(), Failure> {
        for path in paths {
            let pipeline = &self.pipeline().name;
            let name = objects::compacted(pipeline, folder, generation, made.files);
            self.bucket.store(&path, &name)?;
            made.files += 1;
        }
        Ok(())
    }

    /// Removes the generations of a folder that no query reads any more.
    fn sweep(&self, folder: &str) -> Result<(), Failure> {
        let generations = self.compacted.generations(&[folder])?;
        let current = generations.get(folder).cloned().flatten();
        let prefix = Prefix::Compacted.of(&self.pipeline().name) + folder;
        let limit = before(STAYS_SECONDS);
        let old = self.files.list(&prefix)?.into_iter().filter(|file| {
            let generation = file.name[prefix.len()..].split_once('/');
            generation.is_some_and(|(generation, rest)| {
                let is_own = !rest.contains('/') && !generation.contains('=');
                is_own && current.as_deref() != Some(generation)
            }) && file.stored_at < limit
        });
        let names: Vec<String> = old.map(|file| file.name).collect();
        Ok(self.bucket.remove(&names)?)
    }
}

/// Files that are read at once, in their order.
fn batches(files: &[StoredFile]) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = files[start..].iter().take(MOST_AT_ONCE).take_while(|file| {
            bytes += file.bytes;
            bytes <= MOST_BYTES_AT_ONCE
        });
        let end = start + fits.count().max(1);
        (start < files.len()).then(|| std::mem::replace(&mut start, end)..end)
    })
}
