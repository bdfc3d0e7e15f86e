//! Where things lie in the artifacts bucket, and which of them only `publish` may write.

use serde::Serialize;
use sluice_contract::access::Resource;
use sluice_contract::objects::Prefix;
use sluice_contract::stack::Stack;

use super::grants::declared;
use super::unit::Unit;

/// How long such records are kept, in days. They may be personal data, and are as good as they are recent.
const SAMPLES_DAYS: u32 = 7;

/// What the templates show of the artifacts bucket.
#[derive(Debug, Serialize)]
pub(super) struct ArtifactsView {
    /// The start of the logical ids of the units that publish plugins: those that declare that they do.
    publishers: Vec<String>,
    /// What nobody else may write.
    published: [&'static str; 2],
    samples: &'static str,
    samples_days: u32,
    compiled: &'static str,
}

impl ArtifactsView {
    pub(super) fn new(stack: &Stack) -> ArtifactsView {
        let writes_code = |unit: &Unit<'_>| {
            declared(unit.workload).iter().any(|call| {
                let is_code = matches!(
                    call.resource,
                    Resource::ComponentObjects | Resource::CompiledObjects
                );
                is_code && call.action == "s3:PutObject"
            })
        };
        let units = Unit::all(stack).into_iter();
        let publishers = units.filter(writes_code).map(|unit| unit.id());
        ArtifactsView {
            publishers: publishers.collect(),
            published: [Prefix::Components, Prefix::Compiled].map(Prefix::as_str),
            samples: Prefix::Samples.as_str(),
            samples_days: SAMPLES_DAYS,
            compiled: Prefix::Compiled.as_str(),
        }
    }
}
