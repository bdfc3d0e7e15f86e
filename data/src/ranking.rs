//! Where ranks go: into a column of their own, or into a field that the manifest declares.

use sluice_contract::field_type::{FieldType, TypeName};
use sluice_contract::stack::Pipeline;
use sluice_nearest::suggestion;

use crate::error::DataError;
use crate::format::DataFormat;
use crate::rank::{DenseRank, Ranks};
use crate::records::{Options, RankPlan, has_own_header};

/// What ranks are.
pub(crate) fn kind() -> FieldType {
    FieldType::Integer {
        min: None,
        max: None,
        one_of: Vec::new(),
    }
}

/// Finds the field and the place of each rank that is asked for.
pub(crate) fn plan(pipeline: &Pipeline, options: &Options) -> Result<Vec<RankPlan>, DataError> {
    let names = || pipeline.fields.iter().map(|field| field.name.as_str());
    let mut plans: Vec<RankPlan> = Vec::new();
    let mut cells = pipeline.fields.len();
    for asked in &options.ranks {
        let misplaced = |fact: String, help| DataError::RankMisplaced {
            field: asked.field.clone(),
            column: asked.column.clone(),
            fact,
            help,
        };
        let field = names().position(|name| name == asked.field);
        let field = field.ok_or_else(|| DataError::RankOfUnknown {
            field: asked.field.clone(),
            column: asked.column.clone(),
            pipeline: pipeline.name.clone(),
            help: suggestion(&asked.field, names()),
        })?;
        let is_rank = |name: &str| options.ranks.iter().any(|rank| rank.column == name);
        if is_rank(&asked.field) {
            return Err(misplaced(
                format!("`{}` is a rank itself", asked.field),
                "rank the field that it is made of",
            ));
        }
        if plans.iter().any(|plan| plan.asked.column == asked.column) {
            return Err(misplaced(
                format!("column `{}` is asked for twice", asked.column),
                "give one of them another name",
            ));
        }
        let cell = match names().position(|name| name == asked.column) {
            Some(declared) => {
                let declared_field = &pipeline.fields[declared];
                if declared_field.kind.type_name() != TypeName::Integer {
                    return Err(misplaced(
                        format!("field `{}` is no integer", asked.column),
                        "declare it as an integer, or give the column another name",
                    ));
                }
                if pipeline.key.contains(&asked.column) {
                    return Err(misplaced(
                        format!(
                            "field `{}` is of the key, and ranks are not unique",
                            asked.column
                        ),
                        "give the column another name",
                    ));
                }
                declared
            }
            None if options.format == DataFormat::Csv && !has_own_header(pipeline) => {
                return Err(misplaced(
                    format!(
                        "CSV of pipeline `{}` has no header that could name it",
                        pipeline.name
                    ),
                    "choose `--format ndjson`, or leave `header` out of the source",
                ));
            }
            None => {
                cells += 1;
                cells - 1
            }
        };
        plans.push(RankPlan {
            asked: asked.clone(),
            field,
            cell,
            ranks: Ranks::default(),
        });
    }
    Ok(plans)
}

/// Whether a declared field allows the ranks from 1 on.
pub(crate) fn check(asked: &DenseRank, declared: &FieldType, ranks: u64) -> Result<(), DataError> {
    let FieldType::Integer { min, max, one_of } = declared else {
        return Ok(());
    };
    let most = i64::try_from(ranks).unwrap_or(i64::MAX);
    let fits = min.is_none_or(|min| min <= 1)
        && max.is_none_or(|max| most <= max)
        && (one_of.is_empty() || (1..=most).all(|rank| one_of.contains(&rank)));
    match fits || ranks == 0 {
        true => Ok(()),
        false => Err(DataError::RankOutOfBounds {
            field: asked.field.clone(),
            column: asked.column.clone(),
            ranks,
        }),
    }
}
