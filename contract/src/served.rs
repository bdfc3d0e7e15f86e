//! Whom a unit of work works for.

use std::slice;

use crate::stack::{Api, Pipeline, Stack};

/// Whom one unit works for.
#[derive(Debug, Clone, Copy)]
pub enum Served<'a> {
    /// A pipeline.
    Pipeline(&'a Pipeline),
    /// The whole stack.
    Stack(&'a Stack),
}

impl<'a> Served<'a> {
    /// The pipelines that it works for.
    pub fn pipelines(self) -> &'a [Pipeline] {
        match self {
            Served::Pipeline(pipeline) => slice::from_ref(pipeline),
            Served::Stack(stack) => &stack.pipelines,
        }
    }

    /// The API of the pipeline that it works for, if there is one.
    pub fn api(self) -> Option<&'a Api> {
        match self {
            Served::Pipeline(pipeline) => pipeline.api.as_ref(),
            Served::Stack(_) => None,
        }
    }
}
