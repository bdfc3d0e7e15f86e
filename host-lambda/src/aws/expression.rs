//! Conditions and updates of items in the control table, put together from typed paths.
//!
//! A path takes values of its own type only, and no name or value ever stands in the text of an expression: names may be
//! words of DynamoDB's own, and values are anything. What an expression is for is not known here.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    operation::{
        delete_item::builders::DeleteItemFluentBuilder, put_item::builders::PutItemFluentBuilder,
        query::builders::QueryFluentBuilder, update_item::builders::UpdateItemFluentBuilder,
    },
    types::AttributeValue,
};
use sluice_contract::control::path::{Kind, Number, Path, Text};

use super::attribute::Stored;

/// What has to hold for a write, or of the items that are asked for.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    /// Something is there.
    Exists(Place),
    /// Nothing is there.
    Absent(Place),
    /// What is there compares like this with a value.
    Compares(Place, Comparison, AttributeValue),
    /// What is there starts with a text.
    Begins(Place, AttributeValue),
    /// Both hold.
    Both(Box<[Condition; 2]>),
    /// One of them holds, or both.
    Either(Box<[Condition; 2]>),
}

/// How two values compare. Where nothing is there, nothing compares.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Comparison {
    Equal,
    Different,
    Less,
    Greater,
}

/// What a write changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Update {
    set: Vec<(Place, Source)>,
    add: Vec<(Place, AttributeValue)>,
    remove: Vec<Place>,
}

/// Where a new value comes from.
#[derive(Debug, Clone)]
enum Source {
    Value(AttributeValue),
    /// What was at a place before the write, or the value where nothing was.
    Before(Place, AttributeValue),
}

/// A path whose type is known to fit.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    text: String,
    names: Vec<(String, &'static str)>,
}

impl<K: Kind> From<Path<K>> for Place {
    fn from(path: Path<K>) -> Self {
        Self {
            text: path.expression(),
            names: path.placeholders().collect(),
        }
    }
}

impl Condition {
    pub(crate) fn exists<K: Kind>(path: Path<K>) -> Self {
        Self::Exists(path.into())
    }

    pub(crate) fn absent<K: Kind>(path: Path<K>) -> Self {
        Self::Absent(path.into())
    }

    pub(crate) fn is<K: Kind>(path: Path<K>, value: impl Stored<K>) -> Self {
        Self::Compares(path.into(), Comparison::Equal, value.stored())
    }

    pub(crate) fn is_not<K: Kind>(path: Path<K>, value: impl Stored<K>) -> Self {
        Self::Compares(path.into(), Comparison::Different, value.stored())
    }

    pub(crate) fn is_less<K: Kind>(path: Path<K>, value: impl Stored<K>) -> Self {
        Self::Compares(path.into(), Comparison::Less, value.stored())
    }

    pub(crate) fn is_greater<K: Kind>(path: Path<K>, value: impl Stored<K>) -> Self {
        Self::Compares(path.into(), Comparison::Greater, value.stored())
    }

    pub(crate) fn begins(path: Path<Text>, start: impl Stored<Text>) -> Self {
        Self::Begins(path.into(), start.stored())
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self::Both(Box::new([self, other]))
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self::Either(Box::new([self, other]))
    }

    fn written(&self, terms: &mut Terms) -> String {
        match self {
            Self::Exists(place) => format!("attribute_exists({})", terms.place(place)),
            Self::Absent(place) => format!("attribute_not_exists({})", terms.place(place)),
            Self::Compares(place, comparison, value) => {
                let comparison = match comparison {
                    Comparison::Equal => "=",
                    Comparison::Different => "<>",
                    Comparison::Less => "<",
                    Comparison::Greater => ">",
                };
                format!("{} {comparison} {}", terms.place(place), terms.value(value))
            }
            Self::Begins(place, start) => {
                format!(
                    "begins_with({}, {})",
                    terms.place(place),
                    terms.value(start)
                )
            }
            Self::Both(both) => joined(both, "AND", terms),
            Self::Either(both) => joined(both, "OR", terms),
        }
    }
}

/// Two conditions as one, in brackets where one of them is made of two itself.
fn joined(both: &[Condition; 2], word: &str, terms: &mut Terms) -> String {
    let [first, second] = both.each_ref().map(|condition| {
        let text = condition.written(terms);
        match condition {
            Condition::Both(_) | Condition::Either(_) => format!("({text})"),
            Condition::Exists(_)
            | Condition::Absent(_)
            | Condition::Compares(..)
            | Condition::Begins(..) => text,
        }
    });
    format!("{first} {word} {second}")
}

impl Update {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Writes a value.
    pub(crate) fn set<K: Kind>(mut self, path: Path<K>, value: impl Stored<K>) -> Self {
        self.set.push((path.into(), Source::Value(value.stored())));
        self
    }

    /// Writes a value where there is none.
    pub(crate) fn set_if_absent<K: Kind>(self, path: Path<K>, value: impl Stored<K>) -> Self {
        self.set_before(path, path, value)
    }

    /// Writes what `from` was before the write, or a value where there was none.
    pub(crate) fn set_before<K: Kind>(
        mut self,
        path: Path<K>,
        from: Path<K>,
        or: impl Stored<K>,
    ) -> Self {
        let source = Source::Before(from.into(), or.stored());
        self.set.push((path.into(), source));
        self
    }

    /// Adds to a number.
    pub(crate) fn add(mut self, path: Path<Number>, value: impl Stored<Number>) -> Self {
        self.add.push((path.into(), value.stored()));
        self
    }

    /// Takes away what is there.
    pub(crate) fn remove<K: Kind>(mut self, path: Path<K>) -> Self {
        self.remove.push(path.into());
        self
    }

    fn written(&self, terms: &mut Terms) -> String {
        let set = self.set.iter().map(|(place, source)| {
            let place = terms.place(place);
            match source {
                Source::Value(value) => format!("{place} = {}", terms.value(value)),
                Source::Before(from, value) => format!(
                    "{place} = if_not_exists({}, {})",
                    terms.place(from),
                    terms.value(value)
                ),
            }
        });
        let set: Vec<String> = set.collect();
        let add = self.add.iter();
        let add: Vec<String> = add
            .map(|(place, value)| format!("{} {}", terms.place(place), terms.value(value)))
            .collect();
        let remove = self.remove.iter();
        let remove: Vec<String> = remove.map(|place| terms.place(place)).collect();
        let clauses = [("SET", set), ("ADD", add), ("REMOVE", remove)];
        let clauses = clauses.into_iter().filter(|(_, parts)| !parts.is_empty());
        let clauses: Vec<String> = clauses
            .map(|(word, parts)| format!("{word} {}", parts.join(", ")))
            .collect();
        clauses.join(" ")
    }
}

/// What the placeholders in a request's expressions stand for. DynamoDB refuses one that no expression has.
#[derive(Debug, Default)]
struct Terms {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Terms {
    fn place(&mut self, place: &Place) -> String {
        let names = place.names.iter().cloned();
        self.names
            .extend(names.map(|(placeholder, name)| (placeholder, name.to_owned())));
        place.text.clone()
    }

    fn value(&mut self, value: &AttributeValue) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value.clone());
        placeholder
    }

    /// Empty lists are left out: DynamoDB refuses them.
    fn values(self) -> Option<HashMap<String, AttributeValue>> {
        Some(self.values).filter(|values| !values.is_empty())
    }
}

/// A request that changes an item where a condition holds.
pub(crate) fn update(
    request: UpdateItemFluentBuilder,
    update: &Update,
    condition: &Condition,
) -> UpdateItemFluentBuilder {
    let mut terms = Terms::default();
    request
        .update_expression(update.written(&mut terms))
        .condition_expression(condition.written(&mut terms))
        .set_expression_attribute_names(Some(std::mem::take(&mut terms.names)))
        .set_expression_attribute_values(terms.values())
}

/// A request that replaces an item where a condition holds.
pub(crate) fn put(request: PutItemFluentBuilder, condition: &Condition) -> PutItemFluentBuilder {
    let mut terms = Terms::default();
    request
        .condition_expression(condition.written(&mut terms))
        .set_expression_attribute_names(Some(std::mem::take(&mut terms.names)))
        .set_expression_attribute_values(terms.values())
}

/// A request that removes an item where a condition holds.
pub(crate) fn delete(
    request: DeleteItemFluentBuilder,
    condition: &Condition,
) -> DeleteItemFluentBuilder {
    let mut terms = Terms::default();
    request
        .condition_expression(condition.written(&mut terms))
        .set_expression_attribute_names(Some(std::mem::take(&mut terms.names)))
        .set_expression_attribute_values(terms.values())
}

/// A request for all items whose keys fit a condition.
pub(crate) fn query(request: QueryFluentBuilder, keys: &Condition) -> QueryFluentBuilder {
    let mut terms = Terms::default();
    request
        .key_condition_expression(keys.written(&mut terms))
        .set_expression_attribute_names(Some(std::mem::take(&mut terms.names)))
        .set_expression_attribute_values(terms.values())
}

#[cfg(test)]
mod tests {
    use sluice_contract::control::{
        PARTITION_KEY,
        ledger::{ATTEMPTS, LEASE_UNTIL, LedgerStatus, NEXT, REASON, STATUS},
    };

    use super::*;

    fn check(condition: &Condition, expected: &str) {
        let mut terms = Terms::default();
        assert_eq!(condition.written(&mut terms), expected);
        for placeholder in terms.names.keys().chain(terms.values.keys()) {
            assert!(expected.contains(placeholder), "{placeholder}");
        }
    }

    #[test]
    fn conditions() {
        let running = || Condition::is(STATUS, LedgerStatus::Running);
        check(&running(), "#status = :v0");
        check(
            &Condition::absent(PARTITION_KEY)
                .or(running().and(Condition::is_less(LEASE_UNTIL, 7_i64))),
            "attribute_not_exists(#pk) OR (#status = :v0 AND #lease_until < :v1)",
        );
        check(
            &Condition::exists(NEXT.start().record()).and(Condition::begins(REASON, "killed")),
            "attribute_exists(#next.#start.#record) AND begins_with(#reason, :v0)",
        );
    }

    #[test]
    fn updates() {
        let mut terms = Terms::default();
        let update = Update::new()
            .set(STATUS, LedgerStatus::Done)
            .set_if_absent(LEASE_UNTIL, 7_i64)
            .add(ATTEMPTS, 1_i64)
            .remove(REASON)
            .remove(NEXT);
        assert_eq!(
            update.written(&mut terms),
            "SET #status = :v0, #lease_until = if_not_exists(#lease_until, :v1) ADD #attempts :v2 REMOVE #reason, #next"
        );
        assert_eq!(terms.values[":v0"], AttributeValue::S("done".to_owned()));
        assert_eq!(terms.names["#next"], "next");
    }
}
