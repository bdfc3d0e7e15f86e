//! From a stack to the text of its CloudFormation template.
//!
//! Templates hold layout; what is in them is decided by the [`view`](crate::view). Whatever a template says, the result
//! is parsed before it is returned: it is one JSON object in which nothing is defined twice.

mod document;
mod helpers;
mod origin;
mod templates;

use handlebars::{Handlebars, no_escape};
use sluice_contract::Stack;

pub use self::document::Document;
pub use self::templates::{Templates, TemplatesError};
use crate::view::View;

/// The template that includes all others.
const ROOT: &str = "stack";

/// How the result is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RenderOptions {
    /// Without white space and without a final line break.
    pub minify: bool,
}

/// Why there is no CloudFormation template.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template is not valid handlebars.
    #[error(
        "template `{origin}` is not valid, line {line}: {reason}\nhelp: compare it with the built-in one"
    )]
    Syntax {
        /// The template's path.
        origin: String,
        /// The line, counted from 1.
        line: usize,
        /// What the parser said.
        reason: String,
    },
    /// A template asks for something that does not exist.
    #[error(
        "template `{origin}` cannot be filled, line {line}: {reason}\nhelp: compare it with the built-in one"
    )]
    Fill {
        /// The template's path.
        origin: String,
        /// The line, counted from 1.
        line: usize,
        /// What is missing.
        reason: String,
    },
    /// What the templates make is not JSON, or defines something twice.
    #[error(
        "template `{origin}` does not make JSON, line {line}: {reason}\nhelp: compare it with the built-in one"
    )]
    Json {
        /// The path of the template that the wrong text comes from.
        origin: String,
        /// The line in that template, counted from 1.
        line: usize,
        /// What the parser said.
        reason: String,
    },
}

/// Renders the CloudFormation template of a stack.
pub fn render(
    stack: &Stack,
    templates: &Templates,
    options: RenderOptions,
) -> Result<String, RenderError> {
    let document = render_document(stack, templates)?;
    Ok(if options.minify {
        document.minified()
    } else {
        document.pretty()
    })
}

/// Renders the CloudFormation template of a stack as a tree.
pub fn render_document(stack: &Stack, templates: &Templates) -> Result<Document, RenderError> {
    let view = View::new(stack);
    let text = fill(templates, &view, |_, source| source.to_owned())?;
    match Document::parse(&text) {
        Ok(document) => Ok(document),
        // Only now is it worth the time to find out which template the wrong text comes from.
        Err(_) => {
            let marked = fill(templates, &view, origin::mark)?;
            Err(blame(templates, &marked))
        }
    }
}

/// Fills the templates, each of which goes through `prepare` first, with its name.
fn fill(
    templates: &Templates,
    view: &View,
    prepare: impl Fn(&str, &str) -> String,
) -> Result<String, RenderError> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.register_escape_fn(no_escape);
    helpers::register(&mut registry);
    for (name, template) in templates.iter() {
        registry
            .register_template_string(name, prepare(name, &template.source))
            .map_err(|error| RenderError::Syntax {
                origin: template.origin.clone(),
                line: error.pos().map_or(1, |(line, _)| line),
                reason: error.reason().to_string(),
            })?;
    }
    registry
        .render(ROOT, view)
        .map_err(|error| RenderError::Fill {
            origin: templates.origin(error.template_name.as_deref().unwrap_or(ROOT)),
            line: error.line_no.unwrap_or(1),
            reason: helpers::explain(&error),
        })
}

/// The error of text whose lines are marked with where they come from.
fn blame(templates: &Templates, marked: &str) -> RenderError {
    let (text, origins) = origin::unmark(marked);
    let error =
        Document::parse(&text).expect_err("the text without marks is the text that was refused");
    let (template, line) = origins.find(error.offset(&text));
    RenderError::Json {
        origin: templates.origin(template),
        line,
        reason: error.reason(),
    }
}
