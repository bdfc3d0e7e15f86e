//! The figures, for people and for programs.

use comfy_table::{CellAlignment, Table, presets::NOTHING};
use serde_json::{Value, json};
use sluice_pipeline::plugin::PluginVersion;

use super::Data;
use super::measure::{Lap, Race};

/// What was measured.
pub(super) struct Report {
    data: String,
    rows: usize,
    bytes: usize,
    rounds: usize,
    plugin: Figures,
    identity: Figures,
}

/// What one plugin costs.
struct Figures {
    name: String,
    version: String,
    ns_per_row: f64,
    megabytes_per_second: f64,
    fuel_per_row: Option<f64>,
    memory_bytes: usize,
    rejected: usize,
}

impl Report {
    pub(super) fn new(
        version: &PluginVersion,
        data: &Data,
        race: &Race,
        fuel: [Option<f64>; 2],
    ) -> Report {
        let descriptor = version.descriptor();
        let figures = |name: &str, version: &str, lap: &Lap, fuel_per_row| Figures {
            name: name.to_owned(),
            version: version.to_owned(),
            ns_per_row: lap.best.as_nanos() as f64 / data.rows() as f64,
            megabytes_per_second: data.bytes() as f64 / 1e6 / lap.best.as_secs_f64(),
            fuel_per_row,
            memory_bytes: lap.memory_bytes,
            rejected: lap.rejected,
        };
        Report {
            data: data.name.clone(),
            rows: data.rows(),
            bytes: data.bytes(),
            rounds: race.rounds,
            plugin: figures(&descriptor.name, &descriptor.version, &race.plugin, fuel[0]),
            identity: figures("identity", "0.1.0", &race.identity, fuel[1]),
        }
    }

    pub(super) fn in_words(&self) -> String {
        let mut table = Table::new();
        table.load_style(NOTHING);
        table.set_header([
            "",
            "ns a row",
            "MB/s",
            "fuel a row",
            "memory MB",
            "rejected",
        ]);
        for figures in [&self.plugin, &self.identity] {
            table.add_row([
                figures.name.clone(),
                format!("{:.1}", figures.ns_per_row),
                format!("{:.0}", figures.megabytes_per_second),
                figures
                    .fuel_per_row
                    .map_or_else(|| "?".to_owned(), |fuel| format!("{fuel:.1}")),
                format!("{:.1}", figures.memory_bytes as f64 / f64::from(1 << 20)),
                figures.rejected.to_string(),
            ]);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        format!(
            "{} {} on {} rows of {}, {:.1} MB in columns, best of {} rounds\n{table}\n",
            self.plugin.name,
            self.plugin.version,
            self.rows,
            self.data,
            self.bytes as f64 / 1e6,
            self.rounds
        )
    }

    pub(super) fn as_json(&self) -> Value {
        json!({
            "data": self.data,
            "rows": self.rows,
            "bytes": self.bytes,
            "rounds": self.rounds,
            "plugin": self.plugin.as_json(),
            "identity": self.identity.as_json(),
        })
    }
}

impl Figures {
    fn as_json(&self) -> Value {
        json!({
            "name": self.name,
            "version": self.version,
            "ns_per_row": self.ns_per_row,
            "megabytes_per_second": self.megabytes_per_second,
            "fuel_per_row": self.fuel_per_row,
            "memory_bytes": self.memory_bytes,
            "rejected": self.rejected,
        })
    }
}
