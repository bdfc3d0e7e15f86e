//! Units of work: what a stack runs, whatever it runs on.
//!
//! A unit makes calls, finds variables, writes a log, can be in trouble, and works for one pipeline or for the whole stack.
//! A function of the host is one, and its [role](crate::roles::Role) says what it does; a job of AWS Glue is another.
//! Policies, variables, log groups and alarms are rendered from this alone. How AWS calls them is not known here.

use crate::{
    served::Served,
    stack::{Host, Pipeline, Stack},
    variable::Variable,
};

/// One kind of unit. Its calls are in `templates/access.json`, under its name.
#[derive(Debug, Clone, Copy)]
pub struct Workload {
    /// Lower-case letters.
    pub name: &'static str,
    /// What it is called in logical ids, such as `Ingest`.
    pub id: &'static str,
    /// What it does, for people: a verb whose object is the pipeline, or a verb and its object where it works for the stack.
    pub does: &'static str,
    /// The name of its log group, behind that of the pipeline.
    pub log: &'static str,
    /// Whom it works for.
    pub scope: Scope,
    /// What it runs on.
    pub runs_on: RunsOn,
    /// What it finds in its environment besides its settings, as far as whom it works for has it.
    pub variables: &'static [Variable],
    /// The ways in which it can be in trouble.
    pub alarms: &'static [Alarm],
}

/// Whom a kind of unit works for.
#[derive(Debug, Clone, Copy)]
pub enum Scope {
    /// One pipeline; those have one that this says so of.
    Pipeline(fn(&Pipeline) -> bool),
    /// All pipelines of the stack, if this says that there is one.
    Stack(fn(&Stack) -> bool),
}

/// What a unit runs on.
#[derive(Debug, Clone, Copy)]
pub enum RunsOn {
    /// A Lambda function with the host's program, of a size that may follow from the manifest, and from whom it serves.
    Lambda(fn(&Host, Served<'_>) -> LambdaSize),
    /// A job of AWS Glue.
    GlueJob,
}

/// The size of a Lambda function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LambdaSize {
    /// Memory, in MB. 1,769 MB are one processor.
    pub memory_mb: u32,
    /// The longest invocation, in seconds.
    pub timeout_seconds: u32,
    /// Scratch disk, in MB, where it is not Lambda's 512 MB.
    pub scratch_mb: Option<u32>,
}

/// What wakes somebody up.
#[derive(Debug, Clone, Copy)]
pub struct Alarm {
    /// The end of its logical id, behind the pipeline's.
    pub id: &'static str,
    /// What it watches.
    pub trouble: Trouble,
    /// What has happened and what to do, for people, behind the pipeline's name. `{limit}` is the limit of what is watched.
    pub says: &'static str,
}

/// A way in which any unit can be in trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// A run failed.
    Fails,
    /// Runs are refused because too many are under way.
    IsThrottled,
    /// The slowest runs come close to the timeout.
    IsSlow,
}

impl Workload {
    /// Every unit of this kind that a stack has, by whom it works for.
    pub fn units<'a>(&self, stack: &'a Stack) -> Vec<Served<'a>> {
        match self.scope {
            Scope::Pipeline(serves) => {
                let served = stack.pipelines.iter().filter(|pipeline| serves(pipeline));
                served.map(Served::Pipeline).collect()
            }
            Scope::Stack(serves) => serves(stack)
                .then_some(Served::Stack(stack))
                .into_iter()
                .collect(),
        }
    }

    /// The variables of a unit of this kind, in the order of their declaration.
    pub fn variables_for(&self, served: Served<'_>) -> impl Iterator<Item = Variable> {
        let variables = self.variables.iter().copied();
        variables.filter(move |variable| variable.is_given(served))
    }
}
