//! What has to be told of a plugin, and waits at its entries until it is.

use sluice_contract::control::plugin::{POINTER, UNTOLD};
use sluice_pipeline::ports::SinkError;

use super::{registry::PluginRegistry, store::PluginStore};
use crate::{
    aws::{
        attribute::text_of,
        expression::{Condition, Update},
    },
    tell::{Outbox, Untold},
};

impl PluginRegistry {
    /// Tells what waits at the entry of this sort key. The error is for people: then it still waits.
    pub(crate) fn tell_left(&self, sort_key: &str, outbox: &Outbox) -> Result<(), String> {
        let entry = self.entry(sort_key).map_err(|error| error.to_string())?;
        let Some(text) = entry.and_then(|entry| text_of(&entry, UNTOLD)) else {
            return Ok(());
        };
        outbox.tell(&Untold::read(&text))?;
        if let Err(error) = self.told(sort_key, &text) {
            tracing::warn!(
                reason = error.to_string(),
                "what was told may be told once more"
            );
        }
        Ok(())
    }

    /// Records that everybody was told. What was left to be told since then stays.
    fn told(&self, sort_key: &str, text: &str) -> Result<(), SinkError> {
        let told = Update::new().remove(UNTOLD);
        let update = self.update(sort_key, &told, &Condition::is(UNTOLD, text));
        self.make("strike what was told of", sort_key, update)
            .map(drop)
    }
}

impl PluginStore {
    /// Tells what waits at the pointer. Trouble with that is no trouble of whoever uses the plugin: it waits for the next.
    pub(crate) fn tell_left(&self, outbox: &Outbox) {
        if let Err(reason) = self.registry.tell_left(POINTER, outbox) {
            tracing::error!(reason, "what happened to the plugin could not be told");
        }
    }
}
