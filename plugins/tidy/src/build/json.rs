//! Steps that look into JSON.

use crate::findings::{Otherwise, Remark};
use crate::mistake::Mistake;
use crate::options::Options;
use crate::steps::Step;
use crate::steps::json::{JsonPath, Path};

pub(crate) fn json_path(options: &Options<'_>) -> Result<Step, Mistake> {
    let path = options.needed_text("path")?;
    let Some(path) = Path::parse(&path) else {
        let words = format!(
            "`{path}` is no path: write members with points between them and items in brackets, such as `{}`",
            "customer.phones[0]"
        );
        return Err(options.wrong("path", words));
    };
    Ok(Step::JsonPath(JsonPath {
        path,
        otherwise: options.otherwise(Otherwise::Null),
        remark: Remark::new("bad_json", "the value is no JSON"),
    }))
}
