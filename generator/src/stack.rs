//! `gen stack`: renders the CloudFormation template of a manifest.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::failure::Failure;
use crate::plugin_settings;
use crate::project;
use crate::render::{RenderOptions, Templates, render};
use crate::rules::{self, Subject, Template};
use crate::terminal::write_result;
use crate::{check, view};

/// Renders the CloudFormation template of a manifest
///
/// The template is written to standard output, once it is held against the rules of AWS. The same manifest gives the same
/// bytes, so it can be committed, and a review sees what a change of the manifest does to it.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gen stack manifest.toml > out/stack.json
  aws cloudformation deploy --template-file out/stack.json --stack-name feedback \\
      --capabilities CAPABILITY_IAM --parameter-overrides CodeBucket=BUCKET CodeKey=KEY
  gen stack manifest.toml --stage prod --minify > out/prod.json
  gen stack manifest.toml --templates my-templates > out/stack.json

Exit codes:
  0  the template is rendered
  1  the manifest or a template of `--templates` is wrong or cannot be read, or AWS would not take the result
  2  anything else went wrong")]
pub(crate) struct StackArgs {
    /// The manifest, a TOML file
    #[arg(value_name = "MANIFEST")]
    manifest: PathBuf,
    /// The stage to render it for, instead of the manifest's own
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,
    /// Leave out all white space
    #[arg(long)]
    minify: bool,
    /// A folder of templates that replace the built-in ones of the same name, such as `queue.hbs`
    #[arg(long, value_name = "DIR")]
    templates: Option<PathBuf>,
}

/// Renders, and says what should be known about the result.
pub(crate) fn run(args: &StackArgs) -> Result<ExitCode, Failure> {
    let stack = project::load(&args.manifest, args.stage.as_deref())?;
    plugin_settings::check(&stack, &args.manifest)?;
    let templates = match &args.templates {
        Some(folder) => {
            Templates::with_overrides(folder).map_err(|error| Failure::Input(error.to_string()))?
        }
        None => Templates::embedded(),
    };
    let rendered = render(
        &stack,
        &templates,
        RenderOptions {
            minify: args.minify,
        },
    )
    .map_err(|error| Failure::Input(error.to_string()))?;
    let template = Template::parse(&rendered).map_err(anyhow::Error::new)?;
    let broken = rules::check(&Subject {
        stack: &stack,
        template: &template,
        access: view::declared_calls(),
        deployed: None,
    });
    check::say_broken(&broken);
    if check::is_refused(&broken) {
        return Ok(ExitCode::from(1));
    }
    write_result(&rendered)?;
    Ok(ExitCode::SUCCESS)
}
