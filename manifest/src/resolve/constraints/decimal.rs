//! How many digits a decimal has.

use crate::manifest::Field;
use crate::problem::{ProblemSink, Span};
use crate::reader::{Given, in_backticks};
use sluice_contract::literal;

/// Digits of a decimal in all and after the point: from `decimal(10,2)` or from `precision` and `scale`.
pub(super) fn digits(
    name: &str,
    in_parentheses: Option<(u32, u32)>,
    type_span: Span,
    written: &Field,
    sink: &mut ProblemSink,
) -> Option<(u8, u8)> {
    let most = i64::from(literal::MAX_PRECISION);
    let shown = in_backticks(name);
    let separate = written.precision.written().or(written.scale.written());
    if let (Some(_), Some(separate)) = (in_parentheses, separate) {
        sink.report(
            separate.key,
            format!("field {shown} has its digits both in its type and beside it"),
            "write either `decimal(10,2)`, or `precision` and `scale`",
        );
        return None;
    }
    let (precision, precision_span, scale, scale_span) = match in_parentheses {
        Some((precision, scale)) => (i64::from(precision), type_span, i64::from(scale), type_span),
        None => {
            let Some(precision) = written.precision.written() else {
                if written.precision.is_absent() {
                    let message = format!("decimal field {shown} has no precision");
                    sink.report(
                        type_span,
                        message,
                        "write `decimal(10,2)`: digits in all, and after the point",
                    );
                }
                return None;
            };
            let scale = match &written.scale {
                Given::Value(scale) => (scale.value, scale.span),
                Given::Absent => (0, precision.span),
                Given::Wrong => return None,
            };
            (precision.value, precision.span, scale.0, scale.1)
        }
    };
    if !(1..=most).contains(&precision) {
        sink.report(
            precision_span,
            format!("the precision of field {shown} is out of range: got {precision}, allowed 1 to {most}"),
            "write how many digits its values have at the most",
        );
        return None;
    }
    if !(0..=precision).contains(&scale) {
        sink.report(
            scale_span,
            format!(
                "the scale of field {shown} is out of range: got {scale}, allowed 0 to {precision}"
            ),
            "write how many of the digits come after the point",
        );
        return None;
    }
    Some((u8::try_from(precision).ok()?, u8::try_from(scale).ok()?))
}
