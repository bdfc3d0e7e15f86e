//! What fields say of others, once the kinds of all are known: the conditions of `when`, and what is computed.

use std::rc::Rc;

use serde_json::{Map, Value};
use sluice_sdk::plain_name;

use super::field::{Unread, When, find};
use super::{Field, Origin};
use crate::build::How;
use crate::build::condition::condition;
use crate::column::Kind;
use crate::mistake::{Mistake, Mistakes, Part};
use crate::steps::arithmetic::Operand;

/// Reads the conditions of `when`.
pub(super) fn read_conditions(fields: &mut [Field], mistakes: &mut Mistakes) {
    for index in 0..fields.len() {
        for unread in std::mem::take(&mut fields[index].unread) {
            let step = unread.step;
            match read(&unread, &fields[index].name, fields) {
                // One of a step that is wrong itself has nothing to belong to.
                Ok(when) => {
                    if let Some(step) = fields[index].steps.get_mut(step) {
                        step.when.push(when);
                    }
                }
                Err(mistake) => {
                    let name = fields[index].name.clone();
                    mistakes.push(mistake.within(unread.place).at(&name));
                }
            }
        }
    }
}

fn read(unread: &Unread, own: &str, fields: &[Field]) -> Result<When, Mistake> {
    let is_own = plain_name(own) == plain_name(&unread.column);
    let (column, kind) = match find(fields, &unread.column) {
        _ if is_own => (own, unread.kind),
        Some(field) => (field.name.as_str(), field.kind),
        // A column of the input to which nothing else happens.
        None => (unread.column.as_str(), Kind::Text),
    };
    let condition = match &unread.condition {
        Value::Object(_) => condition(&unread.condition, kind)?,
        // A value stands for being it.
        value => {
            let is = Map::from_iter([("is".to_owned(), value.clone())]);
            condition(&Value::Object(is), kind)?
        }
    };
    condition.check(kind)?;
    Ok(When {
        column: column.to_owned(),
        condition: Rc::new(condition),
    })
}

/// What is computed is exact, and so is what it is computed of.
pub(super) fn check_operands(fields: &[Field], mistakes: &mut Mistakes) {
    for field in fields {
        let Origin::Of(combined) = &field.origin else {
            continue;
        };
        let How::Arithmetic(arithmetic) = &combined.how else {
            continue;
        };
        for (index, operand) in arithmetic.operands.iter().enumerate() {
            let Operand::Column(column) = operand else {
                continue;
            };
            let name = &combined.columns[*column];
            let kind = find(fields, name).map_or(Kind::Text, |field| field.kind);
            match kind {
                Kind::Text | Kind::Integer | Kind::Decimal { .. } => {}
                Kind::Json | Kind::Float | Kind::Boolean | Kind::Timestamp | Kind::Date => {
                    let words = format!(
                        "`{name}` is of type `{}`, and what is computed is exact: use `integer` or `decimal(p,s)` for it",
                        kind.logical()
                    );
                    let place = [Part::Key(combined.step.into()), Part::Index(index)];
                    mistakes.push(Mistake::from(words).within(place).at(&field.name));
                }
            }
        }
    }
}
