//! Steps that look into JSON.

use crate::findings::{Otherwise, Remark};
use crate::mistake::Mistake;
use crate::options::Options;
use crate::steps::Step;
use crate::steps::json::{JsonPath, Path};

/// The path that is written so.
pub(super) fn path_of(text: &str) -> Result<Path, Mistake> {
    Path::parse(text).ok_or_else(|| {
        let like = "customer.phones[0]";
        format!(
            "`{text}` is no path: write members with points between them and items in brackets, such as `{like}`"
        )
        .into()
    })
}

pub(crate) fn json_path(options: &Options<'_>) -> Result<Step, Mistake> {
    let path = options.needed_text("path")?;
    let path = path_of(&path).map_err(|mistake| options.wrong("path", mistake))?;
    Ok(Step::JsonPath(JsonPath {
        path,
        otherwise: options.otherwise(Otherwise::Null),
        remark: Remark::new("bad_json", "the value is no JSON"),
    }))
}
