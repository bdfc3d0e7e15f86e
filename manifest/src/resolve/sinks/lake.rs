//! `[pipeline.NAME.lake]`: the folders of Parquet files.

use std::ops::Range;

use crate::manifest::Lake;
use crate::nearest::{listed, suggestion};
use crate::problem::ProblemSink;
use crate::reader::{Given, Toggle, Written, in_backticks};
use crate::resolve::declared::{DeclaredFields, names};
use sluice_contract::field_type::{FieldUse, TypeName};
use sluice_contract::stack::{self, Compact, Dedupe, Partition, PartitionTransform, Reupload};

/// The transforms that are written as functions, and the types that they fit.
const FUNCTIONS: [(&str, PartitionTransform, FieldUse); 4] = [
    ("year", PartitionTransform::Year, FieldUse::Day),
    ("month", PartitionTransform::Month, FieldUse::Day),
    ("day", PartitionTransform::Day, FieldUse::Day),
    ("hour", PartitionTransform::Hour, FieldUse::Hour),
];

/// How records of a pipeline are told apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Versions {
    /// They have a key.
    pub(super) have_key: bool,
    /// There is an `order_by`.
    pub(super) have_order: bool,
}

/// The lake, if the pipeline has one.
pub(super) fn lake(
    given: &Given<Toggle<Lake>>,
    dedupe: Dedupe,
    versions: Versions,
    declared: &DeclaredFields,
    sink: &mut ProblemSink,
) -> Option<stack::Lake> {
    let written = given.written()?;
    let lake = written.value.0.as_ref()?;
    let mut partition_by: Vec<Partition> = Vec::new();
    for written in lake
        .partition_by
        .value()
        .into_iter()
        .flat_map(|names| &names.0)
    {
        let Some(partition) = partition(written, declared, sink) else {
            continue;
        };
        let column = partition.column();
        if partition_by.iter().any(|other| other.column() == column) {
            sink.report(
                written.span,
                format!(
                    "{} is in `partition_by` twice",
                    in_backticks(&written.value)
                ),
                "leave one out",
            );
            continue;
        }
        let clash = declared
            .fields
            .iter()
            .find(|field| field.name.to_lowercase() == column.to_lowercase());
        if let Some(clash) = clash
            && partition.transform != PartitionTransform::Value
        {
            sink.report(
                written.span,
                format!(
                    "{} makes a partition column {}, which is also a field",
                    in_backticks(&written.value),
                    in_backticks(&clash.name)
                ),
                format!(
                    "rename field {}, or partition by it",
                    in_backticks(&clash.name)
                ),
            );
        }
        partition_by.push(partition);
    }
    let folders = partition_by
        .iter()
        .filter(|partition| partition.transform == PartitionTransform::Value)
        .count();
    if folders > 0 && folders == declared.fields.len() {
        sink.report(
            written.key,
            format!("every field of pipeline `{}` is a partition, which leaves its files without a column", declared.pipeline),
            "partition by fewer fields",
        );
    }
    let reupload = reupload(lake, dedupe, sink);
    let catalog = catalog(lake, sink);
    Some(stack::Lake {
        partition_by,
        catalog,
        reupload,
        compact: compact(lake, catalog, versions, sink),
    })
}

/// Whether many files of a folder become few. Queries are led to these by the folder's partition in the catalog.
fn compact(
    lake: &Lake,
    catalog: stack::Catalog,
    versions: Versions,
    sink: &mut ProblemSink,
) -> Compact {
    let Some(written) = lake.compact.written() else {
        return Compact::default();
    };
    if written.value.0 == Compact::Never {
        return Compact::Never;
    }
    if lake.partition_by.is_absent() {
        sink.report(
            written.span,
            "`compact` works on folders, one after the other, and without `partition_by` there is one that grows for ever",
            "give the lake a `partition_by`, such as the day of a timestamp",
        );
    }
    if catalog == stack::Catalog::Crawler {
        sink.report(
            written.span,
            "compacted folders have a place of their own in the catalog, which a crawler does not know of",
            "leave `catalog` out, or `compact`",
        );
    }
    if versions.have_key && !versions.have_order {
        sink.report(
            written.span,
            "of records with the same key, the last file has the newest, and in one file that cannot be told any more",
            "say with `order_by` which version of a record is newer",
        );
    }
    written.value.0
}

/// What becomes of the rows of an older version of an object. With `dedupe = "all"`, what the older one brought first is
/// superfluous in the newer one, so that it has to stay.
fn reupload(lake: &Lake, dedupe: Dedupe, sink: &mut ProblemSink) -> Reupload {
    let Some(written) = lake.reupload.written() else {
        return match dedupe {
            Dedupe::All => Reupload::Append,
            Dedupe::Object => Reupload::Replace,
        };
    };
    if dedupe == Dedupe::All && written.value.0 == Reupload::Replace {
        sink.report(
            written.span,
            "with `dedupe = \"all\"`, records of a newer version are superfluous where an older one has them, and would leave \
             the lake with it",
            "leave `reupload` out, or `dedupe`",
        );
    }
    written.value.0
}

/// Who registers folders, where there are any.
fn catalog(lake: &Lake, sink: &mut ProblemSink) -> stack::Catalog {
    let Some(written) = lake.catalog.written() else {
        return stack::Catalog::default();
    };
    if lake.partition_by.is_absent() && written.value.0 == stack::Catalog::Crawler {
        sink.report(
            written.span,
            "a crawler registers folders, and without `partition_by` there are none",
            "leave `catalog` out: the table finds its files by itself",
        );
    }
    written.value.0
}

/// `day(submitted_at)` or the name of a field.
fn partition(
    written: &Written<String>,
    declared: &DeclaredFields,
    sink: &mut ProblemSink,
) -> Option<Partition> {
    const ROLE: &str = "a partition";
    let text = written.value.as_str();
    let is_field = declared.fields.iter().any(|field| field.name == text);
    let open = text.find('(').filter(|_| !is_field);
    let Some(open) = open else {
        let index = declared.find(written, ROLE, sink)?;
        let field = declared.field(index);
        let name = field.kind.type_name();
        if name.may_be(FieldUse::Hour) && !name.may_be(FieldUse::Folder) {
            sink.report(
                written.span,
                format!(
                    "{} field {} would give every instant a folder",
                    name.name(),
                    in_backticks(text)
                ),
                format!("write `day({text})`, `hour({text})`, `month({text})` or `year({text})`"),
            );
            return None;
        }
        declared
            .require_type(index, written.span, ROLE, FieldUse::Folder, sink)
            .then_some(())?;
        return Some(Partition {
            field: field.name.clone(),
            transform: PartitionTransform::Value,
        });
    };

    let function = &text[..open];
    let name = trimmed(text, 0..open);
    let Some((function, transform, wanted)) = FUNCTIONS
        .iter()
        .find(|(known, ..)| *known == &text[name.clone()])
    else {
        sink.report(
            written.inside(name, sink),
            format!(
                "unknown partition transform {}",
                in_backticks(function.trim())
            ),
            suggestion(function.trim(), FUNCTIONS.iter().map(|(known, ..)| *known)),
        );
        return None;
    };
    let Some(close) = text.strip_suffix(')').map(str::len) else {
        let end = written.inside(text.len()..text.len(), sink);
        sink.report(
            end,
            format!("{} does not end with `)`", in_backticks(text)),
            format!("write `{function}(FIELD)`"),
        );
        return None;
    };
    let name = trimmed(text, open + 1..close);
    let span = written.inside(name.clone(), sink);
    let index = declared.find_at(&text[name], span, ROLE, sink)?;
    let field = declared.field(index);
    if !field.kind.type_name().may_be(*wanted) {
        let shown = in_backticks(&field.name);
        sink.report(
            span,
            format!(
                "`{function}` does not fit {} field {shown}",
                field.kind.name()
            ),
            format!(
                "`{function}` fits {}",
                listed(names(&TypeName::with_use(*wanted)), "and")
            ),
        );
        return None;
    }
    Some(Partition {
        field: field.name.clone(),
        transform: *transform,
    })
}

/// A range of a text without the blanks around it.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}
