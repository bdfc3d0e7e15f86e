//! Steps that make a row of its value: rejected, dropped or pointed out.

use super::condition::condition;
use crate::findings::Remark;
use crate::mistake::Mistake;
use crate::options::Options;
use crate::steps::Step;
use crate::steps::rules::{Condition, Effect, Rule, Test};

pub(crate) fn required(options: &Options<'_>) -> Result<Step, Mistake> {
    Ok(Step::Rule(Rule {
        condition: Condition::of(Test::Empty(true)),
        effect: Effect::Reject,
        remark: remark(
            options,
            "missing_value",
            "the field is required and has no value",
        )?,
    }))
}

pub(crate) fn reject_if(options: &Options<'_>) -> Result<Step, Mistake> {
    let default = ("refused_value", "the value is one that is refused");
    rule(options, Effect::Reject, default)
}

pub(crate) fn drop_if(options: &Options<'_>) -> Result<Step, Mistake> {
    rule(options, Effect::Drop, ("", ""))
}

pub(crate) fn warn_if(options: &Options<'_>) -> Result<Step, Mistake> {
    let default = ("odd_value", "the value is one to look at");
    rule(options, Effect::Warn, default)
}

fn rule(options: &Options<'_>, effect: Effect, default: (&str, &str)) -> Result<Step, Mistake> {
    let written = options.needed("condition")?;
    let condition = condition(written, options.kind);
    let condition = condition.map_err(|mistake| options.wrong("condition", mistake))?;
    let remark = remark(options, default.0, default.1)?;
    Ok(Step::Rule(Rule {
        condition,
        effect,
        remark,
    }))
}

fn remark(options: &Options<'_>, code: &str, message: &str) -> Result<Remark, Mistake> {
    let code = options.text("code").unwrap_or_else(|| code.into());
    let is_plain = |code: &str| {
        code.len() <= 64
            && code.bytes().all(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':')
            })
    };
    if !is_plain(&code) || code.is_empty() && options.get("code").is_some() {
        let words = format!(
            "`code` is `{code}`: write 1 to 64 letters, digits, `_`, `-`, `.` or `:`, such as `no_consent`"
        );
        return Err(options.wrong("code", words));
    }
    let message = options.text("message").unwrap_or_else(|| message.into());
    Ok(Remark { code, message })
}
