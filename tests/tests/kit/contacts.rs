//! A stack that is given records all the time, and a plugin now and then.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use sluice_tests::{Cloud, Deployment, Lake, Measurements, eventually};

/// A pipeline for what the worked example makes. An interpreter needs more memory than is usual.
pub(crate) const MANIFEST: &str = r#"
[project]
name = "kit"

[pipeline.contacts]
formats = ["csv"]
source = { prefix = "incoming/", via = "s3" }

[pipeline.contacts.plugin]
name = "mask-emails"
memory_mb = 256
refresh_seconds = 1
config = { drop_domains = "spam.example" }

[pipeline.contacts.fields]
id = "text"
email = { type = "text", required = false, pii = true }
score = { type = "integer", required = false }
domain = { type = "text", required = false }
note = { type = "text", required = false }

[pipeline.contacts.lake]
"#;

/// Objects that come while a plugin is being brought into use.
const AT_A_SWAP: usize = 3;

/// What each object holds; `N` is its number.
const RECORDS: &str = "id,email,score,note\n\
    N-one, Ada@Example.COM,7,first\n\
    N-two,bob@example.com; cid@x.example,8,second\n\
    N-spam,dan@spam.example,9,third\n\
    ,eve@example.com,1,fourth\n\
    N-odd,nobody,many,\n";
/// Records of an object, and those that are stored, dropped and rejected.
const COUNTS: [(&str, u64); 4] = [
    ("RowsRead", 5),
    ("RowsStored", 3),
    ("RowsDropped", 1),
    ("RowsRejected", 1),
];
/// What becomes of an object, whichever plugin cleans it: id, email, score, domain, note.
const ROWS: &str = r#"[
    ["N-odd", null, null, null, null],
    ["N-one", "a***@example.com", 7, "example.com", "first"],
    ["N-two", "b***@example.com", 8, "example.com", "second"],
    ["N-two", "c***@x.example", 8, "x.example", "second"]
]"#;

/// The stack, and what was brought to it.
pub(crate) struct Contacts<'a> {
    stack: Deployment<'a>,
    lake: Lake<'a>,
    objects: usize,
    /// The plugins that were in use, by their hash.
    used: BTreeSet<String>,
}

impl<'a> Contacts<'a> {
    pub(crate) fn deploy(cloud: &'a Cloud, template: &str) -> anyhow::Result<Self> {
        let stack = Deployment::new(cloud, "contacts", template)?;
        let lake = Lake::new(cloud, stack.output("LakeBucket")?, "contacts");
        Ok(Self {
            stack,
            lake,
            objects: 0,
            used: BTreeSet::new(),
        })
    }

    /// Uploads a plugin, while records flow, and brings more until it has cleaned some.
    pub(crate) fn swap(&mut self, language: &str, component: &Path) -> anyhow::Result<()> {
        let before = self.stack.plugin_in_use("contacts")?;
        let destination = self.stack.output("ContactsPluginTo")?;
        self.stack.cloud().aws().upload(component, destination)?;
        // The first one is awaited by the records that follow it.
        if !before.is_null() {
            for _ in 0..AT_A_SWAP {
                self.bring()?;
            }
        }
        let sha256 = eventually(&format!("the {language} plugin is in use"), || {
            let now = self.stack.plugin_in_use("contacts")?;
            let sha256 = now["sha256"].as_str().context("none is in use")?;
            ensure!(now["sha256"] != before["sha256"], "in use is {now}");
            Ok(sha256.to_owned())
        })?;
        ensure!(
            self.used.insert(sha256.clone()),
            "{language} was in use before"
        );
        eventually(
            &format!("the {language} plugin has cleaned records"),
            || {
                let key = self.bring()?;
                let awaited = format!("`{key}` is closed");
                let line = Measurements::eventually(&self.stack, "Contacts", &awaited, |log| {
                    log.of_object(&key).cloned()
                })?;
                ensure!(
                    line["PluginSha256"] == sha256.as_str(),
                    "another one has cleaned it: {line}"
                );
                Ok(())
            },
        )
    }

    /// Brings an object, and gives its name.
    fn bring(&mut self) -> anyhow::Result<String> {
        let number = format!("{:04}", self.objects);
        let file = self.stack.cloud().folder().join("contacts.csv");
        fs::write(&file, RECORDS.replace('N', &number))?;
        self.objects += 1;
        let key = format!("{number}.csv");
        self.stack.drop_file(&file, "ContactsUploadTo", &key)?;
        Ok(key)
    }

    /// Every object was cleaned by one of the plugins, each of them had its turn, and all rows are there once.
    pub(crate) fn is_complete(&self) -> anyhow::Result<()> {
        let objects = self.objects;
        let log =
            Measurements::eventually(&self.stack, "Contacts", "every object is closed", |log| {
                ensure!(
                    log.figures.len() == objects,
                    "{} of {objects} are closed",
                    log.figures.len()
                );
                Ok(log.clone())
            })?;
        let mut seen = BTreeSet::new();
        for line in &log.figures {
            for (name, count) in COUNTS {
                ensure!(line[name] == count, "{name} is not {count} in {line}");
            }
            let sha256 = line["PluginSha256"]
                .as_str()
                .context("an object has a plugin")?;
            seen.insert(sha256.to_owned());
        }
        ensure!(
            seen == self.used,
            "used were {:?}, and {seen:?} cleaned records",
            self.used
        );

        let rows = self
            .lake
            .query("select id, email, score, domain, note from lake order by id, email")?;
        let expected: Vec<Value> = (0..objects)
            .flat_map(|object| {
                let rows = ROWS.replace('N', &format!("{object:04}"));
                serde_json::from_str::<Vec<Value>>(&rows).expect("the rows are JSON")
            })
            .collect();
        ensure!(
            rows.len() == expected.len(),
            "{} rows, not {}",
            rows.len(),
            expected.len()
        );
        let wrong = rows
            .iter()
            .zip(&expected)
            .find(|(row, expected)| row != expected);
        ensure!(
            wrong.is_none(),
            "a row and what it should be: {}",
            json!(wrong)
        );
        Ok(())
    }
}
