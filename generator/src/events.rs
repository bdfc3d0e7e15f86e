//! `gen events`: how the events look that a stack puts on its event bus.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum as _};
use serde_json::{Map, Value, json};
use sluice_contract::event::{EventKind, SOURCE, sample};

use crate::failure::Failure;
use crate::project;
use crate::terminal::write_result;

/// Prints the events that a stack tells: a schema and a sample of each
///
/// A schema is the OpenAPI document that EventBridge's registry takes. Samples are those of the first pipeline of the
/// manifest, if one is given.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gen events manifest.toml | jq keys
  gen events manifest.toml --event 'Object Failed' --sample
  gen events --event 'Object Done' --schema > object-done.json
  aws schemas create-schema --registry-name REGISTRY --schema-name sluice@ObjectDone \\
      --type OpenApi3 --content file://object-done.json

Exit codes:
  0  printed
  1  the manifest or the command line is wrong
  2  anything else went wrong")]
pub(crate) struct EventsArgs {
    /// The project's manifest, a TOML file
    #[arg(value_name = "MANIFEST")]
    manifest: Option<PathBuf>,
    /// The stage that samples are of, instead of the manifest's own
    #[arg(long, value_name = "NAME", requires = "manifest")]
    stage: Option<String>,
    /// Only this event, such as `Object Done`
    #[arg(long, value_name = "DETAIL-TYPE", value_enum)]
    event: Option<Kind>,
    /// The schema alone
    #[arg(long, requires = "event", conflicts_with = "sample")]
    schema: bool,
    /// The sample alone
    #[arg(long, requires = "event")]
    sample: bool,
}

/// A kind of event, as the command line names it.
#[derive(Debug, Clone, Copy)]
struct Kind(EventKind);

impl clap::ValueEnum for Kind {
    fn value_variants<'a>() -> &'a [Self] {
        static ALL: std::sync::LazyLock<Vec<Kind>> =
            std::sync::LazyLock::new(|| EventKind::ALL.iter().copied().map(Kind).collect());
        &ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.0.detail_type()).help(self.0.means()))
    }
}

/// Whose events the samples are.
struct Of {
    project: String,
    stage: String,
    pipeline: String,
    prefix: String,
}

/// Runs the command.
pub(crate) fn run(args: &EventsArgs) -> Result<ExitCode, Failure> {
    let of = match &args.manifest {
        Some(manifest) => {
            let stack = project::load(manifest, args.stage.as_deref())?;
            let first = &stack.pipelines[0];
            Of {
                pipeline: first.name.clone(),
                prefix: first.source.prefix.clone(),
                project: stack.project,
                stage: stack.stage,
            }
        }
        None => Of {
            project: "shop".to_owned(),
            stage: "dev".to_owned(),
            pipeline: "orders".to_owned(),
            prefix: "incoming/".to_owned(),
        },
    };
    let printed = match args.event {
        Some(Kind(kind)) if args.schema => kind.schema(),
        Some(Kind(kind)) if args.sample => told(kind, &of),
        Some(kind) => described(kind, &of),
        None => {
            let all = Kind::value_variants().iter();
            let all: Map<String, Value> = all
                .map(|kind| (kind.0.detail_type().to_owned(), described(*kind, &of)))
                .collect();
            all.into()
        }
    };
    write_result(&format!("{printed:#}\n"))?;
    Ok(ExitCode::SUCCESS)
}

fn described(Kind(kind): Kind, of: &Of) -> Value {
    json!({ "means": kind.means(), "schema": kind.schema(), "sample": told(kind, of) })
}

/// A sample as a rule and its target see it.
fn told(kind: EventKind, of: &Of) -> Value {
    let event = sample(kind, &of.project, &of.stage, &of.pipeline, &of.prefix);
    json!({
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": kind.detail_type(),
        "source": SOURCE,
        "account": "123456789012",
        "time": event.head.at,
        "region": "eu-central-1",
        "resources": [],
        "detail": event.detail(),
    })
}
