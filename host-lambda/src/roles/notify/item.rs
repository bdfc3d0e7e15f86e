//! What a message of the queue tells: an event of the host, or a state of an alarm, as people need it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use sluice_contract::{
    Sha256,
    event::{Cause, Counts, Event, NotAnEvent, Object, SOURCE, What},
    shell::word,
    stack::Occasion,
};

use crate::{roles::ingest::OVERWRITTEN, tell::in_url};

/// Who tells of alarms.
const CLOUDWATCH: &str = "aws.cloudwatch";

/// The longest key of an incident that PagerDuty takes, in characters.
/// <https://developer.pagerduty.com/docs/send-alert-event>
const MOST_KEY_CHARS: usize = 255;

/// An event as EventBridge delivers it.
/// <https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html>
#[derive(Debug, Deserialize)]
struct Envelope {
    id: String,
    source: String,
    #[serde(rename = "detail-type")]
    detail_type: String,
    region: String,
    detail: Value,
}

/// A state of an alarm.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html>
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AlarmChange {
    alarm_name: String,
    state: State,
    #[serde(default)]
    configuration: Configuration,
}

#[derive(Debug, Deserialize)]
struct State {
    value: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    timestamp: String,
}

#[derive(Debug, Default, Deserialize)]
struct Configuration {
    #[serde(default)]
    description: String,
}

/// Why a message is nothing that people can be told.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unknown {
    #[error("it is no event of EventBridge: {0}")]
    Envelope(#[from] serde_json::Error),
    #[error("it is an event of `{0}`")]
    Source(String),
    #[error(transparent)]
    Event(#[from] NotAnEvent),
}

/// Where the function runs, and what for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) project: &'a str,
    pub(super) stage: &'a str,
    /// The name that the stack was deployed with.
    pub(super) stack: &'a str,
}

/// One thing to tell. Texts of others are as they came.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    /// The same whenever it comes again.
    pub(super) id: String,
    pub(super) at: String,
    pub(super) region: String,
    /// What it may be told as; the first that a channel hears of counts.
    pub(super) occasions: Vec<Occasion>,
    pub(super) pipeline: Option<String>,
    /// What it is about: a URI, or an alarm's name.
    pub(super) place: String,
    pub(super) why: String,
    pub(super) counts: Option<Counts>,
    pub(super) codes: BTreeMap<String, u64>,
    /// What to type next, where that is safe to copy.
    pub(super) command: Option<String>,
    /// The place of it in the console, behind `https://REGION.console.aws.amazon.com/`.
    pub(super) console: Option<String>,
    /// Tells its incident from every other.
    pub(super) key: String,
    /// Whether it is over: an alarm that has stopped.
    pub(super) is_over: bool,
    /// Whether somebody only tries who is told.
    pub(super) is_test: bool,
}

impl Item {
    /// What a message tells.
    pub(super) fn read(body: &str, site: Site<'_>) -> Result<Item, Unknown> {
        let Envelope {
            id,
            source,
            detail_type,
            region,
            detail,
        } = serde_json::from_str(body)?;
        match source.as_str() {
            SOURCE => Ok(of_event(Event::read(&detail_type, &detail)?, region, site)),
            CLOUDWATCH => Ok(of_alarm(serde_json::from_value(detail)?, id, region, site)),
            _ => Err(Unknown::Source(source)),
        }
    }
}

fn of_alarm(change: AlarmChange, id: String, region: String, site: Site<'_>) -> Item {
    let AlarmChange {
        alarm_name,
        state,
        configuration,
    } = change;
    let why = match configuration.description.is_empty() {
        true => state.reason,
        false => configuration.description,
    };
    Item {
        id,
        at: state.timestamp,
        occasions: vec![Occasion::Alarm],
        pipeline: None,
        why,
        counts: None,
        codes: BTreeMap::new(),
        command: None,
        console: Some(format!(
            "cloudwatch/home?region={region}#alarmsV2:alarm/{}",
            in_url(&alarm_name)
        )),
        key: key(site, "alarm", &alarm_name),
        is_over: state.value == "OK",
        is_test: false,
        place: alarm_name,
        region,
    }
}

fn of_event(event: Event, region: String, site: Site<'_>) -> Item {
    let Event { head, what } = event;
    let occasions = occasions(&what);
    let pipeline = head.pipeline;
    let stack = site.stack;
    let mut item = Item {
        id: head.event_id,
        at: head.at,
        occasions,
        place: String::new(),
        why: String::new(),
        counts: None,
        codes: BTreeMap::new(),
        command: None,
        console: None,
        key: key(site, &pipeline, "plugin"),
        is_over: false,
        is_test: head.test.unwrap_or(false),
        pipeline: None,
        region,
    };
    match what {
        What::ObjectDone(done) => {
            item.of_object(&done.object, &pipeline, site);
            item.why = done.damage.as_ref().map(in_words).unwrap_or_default();
            item.codes = done.codes;
            item.counts = Some(done.counts);
        }
        What::ObjectFailed(failed) => {
            item.of_object(&failed.object, &pipeline, site);
            item.why = format!(
                "the last of {} attempts failed: {}",
                failed.attempts,
                in_words(&failed.reason)
            );
            item.command = Some(format!(
                "gen replay dead-letters manifest.toml --stack {stack} --pipeline {pipeline}"
            ));
        }
        What::ObjectRefused(refused) => {
            item.of_object(&refused.object, &pipeline, site);
            item.why = in_words(&refused.reason);
            item.counts = Some(refused.counts);
            item.command = copied(&item.place)
                .map(|uri| format!("gen replay object manifest.toml --stack {stack} {uri}"));
        }
        What::RecordsRejected(rejected) => {
            item.of_object(&rejected.object, &pipeline, site);
            item.why = format!(
                "{} of {} records were rejected",
                rejected.counts.rejected, rejected.counts.read
            );
            item.codes = rejected.codes;
            item.counts = Some(rejected.counts);
            let file = rejected.rejects.first().and_then(|uri| copied(uri));
            item.command = file.map(|uri| {
                format!(
                    "aws s3 cp {uri} rejects.ndjson && gen replay rejects rejects.ndjson --out replayed"
                )
            });
        }
        What::PluginPublished(published) => {
            item.place = published.upload;
            item.why = format!("{} {}", published.plugin.name, published.plugin.version);
        }
        What::PluginRefused(refused) => {
            item.place = refused.upload;
            item.why = in_words(&refused.reason);
            item.command = Some("gen plugin check PLUGIN.wasm --manifest manifest.toml".to_owned());
        }
        What::PluginRolledBack(failed) => {
            item.place = format!("{} {}", failed.plugin.name, failed.plugin.version);
            item.why = in_words(&failed.reason);
        }
    }
    item.pipeline = Some(pipeline);
    item
}

/// What an event may be told as.
fn occasions(what: &What) -> Vec<Occasion> {
    let kind = what.kind();
    let all = Occasion::ALL.into_iter();
    let of_kind = all.filter(|occasion| occasion.event() == Some(kind));
    // Of an object that was written over before it was read, the newer version brings its own event.
    let is_damaged = match what {
        What::ObjectDone(done) => {
            let code = done
                .damage
                .as_ref()
                .and_then(|damage| damage.code.as_deref());
            code.is_some_and(|code| code != OVERWRITTEN)
        }
        _ => false,
    };
    of_kind
        .filter(|occasion| *occasion != Occasion::Damaged || is_damaged)
        .collect()
}

impl Item {
    fn of_object(&mut self, object: &Object, pipeline: &str, site: Site<'_>) {
        self.place = format!("s3://{}/{}", object.bucket, object.key);
        self.key = key(site, pipeline, &self.place);
        self.console = Some(format!(
            "s3/object/{}?region={}&prefix={}",
            in_url(&object.bucket),
            self.region,
            in_url(&object.key)
        ));
    }
}

/// What tells one incident from another: the same for every version of an object.
fn key(site: Site<'_>, whose: &str, what: &str) -> String {
    let Site { project, stage, .. } = site;
    let head = format!("sluice/{project}/{stage}/{whose}/");
    let key = format!("{head}{what}");
    match key.chars().count() <= MOST_KEY_CHARS {
        true => key,
        false => head + &Sha256::of(what).to_string(),
    }
}

/// A text as a word of a shell, unless what people see would not be what they copy.
fn copied(text: &str) -> Option<String> {
    let is_shown = sluice_pipeline::shown::in_one_line(text) == text;
    is_shown.then(|| word(text))
}

fn in_words(cause: &Cause) -> String {
    match &cause.code {
        Some(code) => format!("{} ({code})", cause.message),
        None => cause.message.clone(),
    }
}
