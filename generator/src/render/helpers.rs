//! What templates may do besides inserting other templates and repeating: `json` writes a value, `text` makes a string
//! of a piece of JSON, and `if` insists that what it asks for exists.

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderError,
    RenderErrorReason, Renderable, StringOutput,
};
use serde_json::Value;

use super::document::Document;
use super::origin;

/// Makes the helpers known.
pub(super) fn register(registry: &mut Handlebars<'_>) {
    registry.register_helper("json", Box::new(json));
    registry.register_helper("text", Box::new(text));
    registry.register_helper("if", Box::new(Given));
}

/// What went wrong while a template was filled, in our own words where we have any.
pub(super) fn explain(error: &RenderError) -> String {
    match error.reason() {
        RenderErrorReason::MissingVariable(Some(name)) => format!("there is no `{name}` here"),
        RenderErrorReason::MissingVariable(None) => "a value does not exist here".to_owned(),
        RenderErrorReason::PartialNotFound(name) => format!("there is no template `{name}.hbs`"),
        RenderErrorReason::HelperNotFound(name) => format!("there is no `{name}` here"),
        other => other.to_string(),
    }
}

/// `{{json value}}`: the value as JSON. `{{json a "b" c}}`: one string made of all of them.
fn json(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let mut joined = String::new();
    for param in helper.params() {
        if param.is_value_missing() {
            return Err(missing(param.relative_path()));
        }
        match param.value() {
            value if helper.params().len() == 1 => joined = value.to_string(),
            Value::String(part) => joined.push_str(part),
            Value::Number(part) => joined.push_str(&part.to_string()),
            _ => return Err(RenderErrorReason::InvalidParamType("text or a number").into()),
        }
    }
    match helper.params().len() {
        0 => return Err(RenderErrorReason::ParamNotFoundForIndex("json", 0).into()),
        1 => out.write(&joined)?,
        _ => out.write(&Value::String(joined).to_string())?,
    }
    Ok(())
}

/// `{{#text}}…{{/text}}`: the JSON in between as the content of a string.
fn text<'reg, 'rc>(
    helper: &Helper<'rc>,
    registry: &'reg Handlebars<'reg>,
    context: &'rc Context,
    render_context: &mut RenderContext<'reg, 'rc>,
    out: &mut dyn Output,
) -> HelperResult {
    let block = helper
        .template()
        .ok_or(RenderErrorReason::BlockContentRequired)?;
    let mut inner = StringOutput::new();
    block.render(registry, context, render_context, &mut inner)?;
    let inner = inner.into_string()?;
    match Document::parse(&origin::unmark(&inner).0) {
        Ok(document) => out.write(&Value::String(document.minified()).to_string())?,
        // Written as it is, it makes the whole wrong at the same place, which is then found.
        Err(_) => out.write(&inner)?,
    }
    Ok(())
}

/// `{{#if value}}`, which refuses a value that does not exist.
struct Given;

impl HelperDef for Given {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        render_context: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let param = helper
            .param(0)
            .ok_or(RenderErrorReason::ParamNotFoundForIndex("if", 0))?;
        if param.is_value_missing() {
            return Err(missing(param.relative_path()));
        }
        let given = match param.value() {
            Value::Null | Value::Bool(false) => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(values) => !values.is_empty(),
            _ => true,
        };
        match if given {
            helper.template()
        } else {
            helper.inverse()
        } {
            Some(block) => block.render(registry, context, render_context, out),
            None => Ok(()),
        }
    }
}

fn missing(path: Option<&String>) -> RenderError {
    RenderErrorReason::MissingVariable(path.cloned()).into()
}
