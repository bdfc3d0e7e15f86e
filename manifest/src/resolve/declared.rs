//! The fields of a pipeline, as the rest of its resolution refers to them.

use crate::nearest::listed;
use crate::problem::ProblemSink;
use crate::reader::{Written, in_backticks};
use sluice_contract::field_type::{FieldUse, TypeName};
use sluice_contract::stack::Field;

/// The most names that a remedy lists.
const MOST_LISTED: usize = 8;

/// The fields of one pipeline, in the order of the manifest.
pub(super) struct DeclaredFields<'a> {
    pub(super) pipeline: &'a str,
    pub(super) fields: Vec<DeclaredField>,
    /// Whether `fields` itself could not be read, so that any name may be one.
    pub(super) unreadable: bool,
}

/// A field that was declared.
pub(super) struct DeclaredField {
    pub(super) name: String,
    /// `None` if what is wrong with its type has been reported.
    pub(super) field: Option<Field>,
    /// Whether the greatest length was implied by a key that it is part of.
    pub(super) implied_max_length: bool,
}

impl DeclaredFields<'_> {
    /// The index of a field that is referred to as `role`, such as `the key`. `None` if it is not there or not readable.
    pub(super) fn find(
        &self,
        name: &Written<String>,
        role: &str,
        sink: &mut ProblemSink,
    ) -> Option<usize> {
        self.find_at(&name.value, name.span, role, sink)
    }

    /// The same for a name that is only a part of a value.
    pub(super) fn find_at(
        &self,
        name: &str,
        span: crate::problem::Span,
        role: &str,
        sink: &mut ProblemSink,
    ) -> Option<usize> {
        let found = self
            .fields
            .iter()
            .position(|declared| declared.name == name);
        if found.is_none() && !self.unreadable {
            sink.report(
                span,
                format!(
                    "field {} is {role} of pipeline `{}` but not declared",
                    in_backticks(name),
                    self.pipeline
                ),
                self.remedy(name),
            );
        }
        found.filter(|index| self.fields[*index].field.is_some())
    }

    /// The same for a field whose type must allow something.
    pub(super) fn find_of_type(
        &self,
        name: &Written<String>,
        role: &str,
        allowed: FieldUse,
        sink: &mut ProblemSink,
    ) -> Option<usize> {
        let index = self.find(name, role, sink)?;
        self.require_type(index, name.span, role, allowed, sink)
            .then_some(index)
    }

    /// Whether a field has a type that allows something; reported if not.
    pub(super) fn require_type(
        &self,
        index: usize,
        span: crate::problem::Span,
        role: &str,
        allowed: FieldUse,
        sink: &mut ProblemSink,
    ) -> bool {
        let Some(field) = &self.fields[index].field else {
            return false;
        };
        let fits = field.kind.type_name().may_be(allowed);
        if !fits {
            sink.report(
                span,
                format!(
                    "{} field {} cannot be {role} of pipeline `{}`",
                    field.kind.name(),
                    in_backticks(&field.name),
                    self.pipeline
                ),
                format!(
                    "use a field of type {}",
                    listed(names(&TypeName::with_use(allowed)), "or")
                ),
            );
        }
        fits
    }

    /// The readable field at an index that [`Self::find`] gave.
    pub(super) fn field(&self, index: usize) -> &Field {
        self.fields[index]
            .field
            .as_ref()
            .expect("`find` leaves out fields that are not readable")
    }

    fn remedy(&self, name: &str) -> String {
        let declare = format!("declare it under `[pipeline.{}.fields]`", self.pipeline);
        let mut names: Vec<(usize, usize, &str)> = self
            .fields
            .iter()
            .enumerate()
            .map(|(index, field)| {
                (
                    strsim::damerau_levenshtein(name, &field.name),
                    index,
                    field.name.as_str(),
                )
            })
            .collect();
        names.sort_unstable();
        names.truncate(MOST_LISTED);
        names.sort_unstable_by_key(|(_, index, _)| *index);
        let names: Vec<String> = names
            .iter()
            .map(|(_, _, name)| in_backticks(name))
            .collect();
        match names.as_slice() {
            [] => declare,
            [name] => format!("{declare}, or use {name}"),
            _ => format!("{declare}, or use one of: {}", names.join(", ")),
        }
    }
}

/// The names of some types.
pub(super) fn names(types: &[TypeName]) -> impl Iterator<Item = &'static str> {
    types.iter().map(|name| name.name())
}
