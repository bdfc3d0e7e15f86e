//! `gen replay plugin`: the script that shows the versions of a plugin, and brings one of them back.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use sluice_contract::{
    Sha256,
    control::{PARTITION_KEY, SORT_KEY, plugin},
    objects,
    outputs::StackOutput,
    stack::Pipeline,
};

use super::{
    Deployed,
    script::{self, Script},
};
use crate::failure::Failure;
use crate::project;
use crate::terminal::write_result;

/// Prints the script that brings an earlier version of a plugin back
///
/// A roll back is an upload: the component goes through the same checks as any other, and is in use seconds later.
/// Without a version, the script shows which ones there are.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gen replay plugin manifest.toml --stack feedback | sh              which versions are there?
  gen replay plugin manifest.toml --stack feedback 5c1a…e0 | sh      that one, please

Exit codes:
  0  the script is printed
  1  the manifest or the command line is wrong
  2  anything else went wrong")]
pub(crate) struct PluginArgs {
    #[command(flatten)]
    deployed: Deployed,
    /// The version, by the sha256 of its component: 64 hexadecimal digits
    #[arg(value_name = "SHA256", value_parser = clap::value_parser!(Sha256))]
    version: Option<Sha256>,
    /// The pipeline; needed where more than one has a plugin
    #[arg(long, value_name = "NAME")]
    pipeline: Option<String>,
}

const SHOWN: &str = "\
Shows the versions of a plugin that were published, and which one is in use. It changes nothing.";

const BROUGHT_BACK: &str = "\
Brings an earlier version of a plugin back, by uploading its component anew.

Objects that are being processed end with the version that they began with. What other versions stored or rejected is
not touched.";

pub(super) fn run(args: &PluginArgs) -> Result<ExitCode, Failure> {
    let stack = project::load(&args.deployed.manifest, None)?;
    let pipeline = match &args.pipeline {
        Some(name) => project::pipeline(&stack, name)?,
        None => {
            let mut with_plugin = stack
                .pipelines
                .iter()
                .filter(|pipeline| pipeline.plugin.is_some());
            match (with_plugin.next(), with_plugin.next()) {
                (Some(pipeline), None) => pipeline,
                (None, _) => return refusal("no pipeline of the manifest has a plugin".to_owned()),
                (Some(_), Some(_)) => {
                    let message = "more than one pipeline has a plugin; name one with --pipeline";
                    return refusal(message.to_owned());
                }
            }
        }
    };
    if pipeline.plugin.is_none() {
        return refusal(format!("pipeline `{}` has no plugin", pipeline.name));
    }
    let script = script(&args.deployed.stack, pipeline, args.version);
    write_result(&script)?;
    Ok(ExitCode::SUCCESS)
}

fn script(stack: &str, pipeline: &Pipeline, version: Option<Sha256>) -> String {
    let name = &pipeline.name;
    let purpose = if version.is_some() {
        BROUGHT_BACK
    } else {
        SHOWN
    };
    let mut script = Script::new(purpose, stack);
    script.gap();
    script.look_up("artifacts", StackOutput::ArtifactsBucket.name());
    script.look_up("control", StackOutput::ControlTable.name());
    let partition = plugin::partition_key(name);
    let values = script::json(&json!({ ":pk": { "S": partition } }));
    let pk = PARTITION_KEY.name();
    script.step(
        "The versions, and uploads that were refused unread. A good version passed all checks, a refused one was never\n\
         used, and one that was rolled back did badly on its first objects.",
        &format!(
            "aws dynamodb query --table-name \"$control\" --key-condition-expression '{pk} = :pk' \\\n    \
             --expression-attribute-values {values} \\{}",
            versions()
        ),
    );
    if let Some(sha256) = version {
        let upload = objects::upload(name);
        let component = objects::component(name, sha256);
        script.step(
            "The upload. S3 says 404 here where that version was never published.",
            &format!(
                "aws s3 cp \"s3://$artifacts/{component}\" \\\n    \"s3://$artifacts/{upload}\""
            ),
        );
    }
    let pointer =
        script::json(&json!({ pk: { "S": partition }, SORT_KEY.name(): { "S": plugin::POINTER } }));
    script.step(
        if version.is_some() {
            "The version in use. In seconds it is the new one, or an alert says why not; `gen replay plugin` without a\n\
             version shows it again."
        } else {
            "The version in use."
        },
        &format!(
            "aws dynamodb get-item --table-name \"$control\" --key {pointer} \\{}",
            in_use()
        ),
    );
    script.finish()
}

/// How the answer about the versions is shown.
fn versions() -> String {
    format!(
        r#"
    --query 'Items[?{sk} != `"{pointer}"`].{{entry: {sk}, name: {name}, version: {version},
        published: {published}, status: {status}, reason: {reason}}}' \
    --output table"#,
        sk = SORT_KEY.in_json(),
        pointer = plugin::POINTER,
        name = plugin::NAME.in_json(),
        version = plugin::VERSION.in_json(),
        published = plugin::PUBLISHED_AT.in_json(),
        status = plugin::STATUS.in_json(),
        reason = plugin::REASON.in_json(),
    )
}

/// How the answer about the version in use is shown.
fn in_use() -> String {
    format!(
        r#"
    --query 'Item.{{sha256: {sha256}, name: {name}, version: {version}, since: {since}, before: {before},
        canary_left: {canary_left}}}' \
    --output table"#,
        sha256 = plugin::SHA256.in_json(),
        name = plugin::NAME.in_json(),
        version = plugin::VERSION.in_json(),
        since = plugin::FLIPPED_AT.in_json(),
        before = plugin::PREVIOUS.in_json(),
        canary_left = plugin::CANARY_LEFT.in_json(),
    )
}

fn refusal(message: String) -> Result<ExitCode, Failure> {
    Err(Failure::Input(message))
}
