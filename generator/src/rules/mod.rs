//! What AWS refuses, drops or stops although a template is well-formed and every test on an emulator is green.
//!
//! Each rule has a name, the document of AWS that it was read in, what happens where it is broken, what it looks at, and
//! an example that breaks it; a rule without a breaking example does not compile, and one whose example breaks nothing
//! fails the tests. A new rule is one line in [`RULES`] and one value in a file of its family. `gen check` and `gen
//! stack` apply them all, and so do the tests to every rendered stack. What is a habit of ours and no rule of AWS, such
//! as that every bucket is encrypted, is not here.

mod calls;
mod catalog;
mod change;
mod concurrency;
mod delivery;
mod environment;
mod events;
mod function;
mod gateway;
mod parameter;
mod queue;
mod quota;
mod references;
mod template;

use serde_json::{Value, json};
use sluice_contract::Stack;
use sluice_contract::access::Access;

pub use quota::Room;
pub use template::Template;

/// Every rule, in the order in which they are reported.
pub const RULES: &[Rule] = &[
    quota::RESOURCES,
    quota::OUTPUTS,
    quota::PARAMETERS,
    quota::BYTES,
    references::KNOWN,
    references::NO_CIRCLE,
    environment::FITS,
    parameter::TAKEN,
    queue::RECEIVES_WITHIN_RETENTION,
    queue::VISIBILITY,
    queue::DEAD_LETTERS_STAY,
    function::RECURSIVE_LOOP,
    function::LOG_FORMAT,
    function::METRIC_LINES_PASS,
    gateway::ANSWERS_IN_TIME,
    gateway::TOKENS_HAVE_SCOPES,
    gateway::CALLER_IS_ONE_API,
    gateway::NO_BODY_IN_THE_LOG,
    delivery::ERRORS_ELSEWHERE,
    delivery::ROLE_IS_WHOLE,
    delivery::HINTS,
    catalog::PARTITIONS_ARE_TEXT,
    catalog::CALLS_ARE_WHOLE,
    catalog::CRAWLER_KEEPS_SCHEMA,
    catalog::WORKGROUP_IS_DELETABLE,
    events::NOTHING_IS_DROPPED,
    events::QUEUES_ADMIT_RULES,
    events::KEY_ADMITS_RULES,
    events::PATTERNS_MATCH,
    calls::POLLER,
    calls::KEY,
    concurrency::OF_THE_ACCOUNT,
    change::ONE_INDEX,
    change::TABLE_KEPT,
];

/// One rule of AWS.
#[derive(Debug)]
pub struct Rule {
    /// Names it in reports and in `docs/aws-rules.md`.
    pub name: &'static str,
    /// The document of AWS, and the section in it.
    pub source: &'static str,
    /// What happens where it is broken, as one sentence without its end.
    pub otherwise: &'static str,
    /// Whether a stack that breaks it may be deployed all the same.
    pub severity: Severity,
    /// What it looks at, how, and an example that breaks it.
    pub look: Look,
}

/// How bad a broken rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The deployment fails, or data is lost: nothing is rendered.
    Error,
    /// Whoever deploys must know.
    Warning,
}

impl Severity {
    /// What it is called in reports.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// What a rule looks at. `breaks` changes something that breaks no rule so that it breaks this one.
#[derive(Debug)]
pub enum Look {
    /// A rendered template.
    Template {
        /// What is wrong with it.
        find: fn(&Template) -> Vec<Finding>,
        /// Changes a rendered template.
        breaks: fn(&mut Value),
    },
    /// The template that is deployed and the one that takes its place.
    Change {
        /// What is wrong with the step from the first to the second.
        find: fn(&Template, &Template) -> Vec<Finding>,
        /// Changes the second, which is like the first.
        breaks: fn(&mut Value),
    },
    /// The calls that the host declares for its roles.
    Calls {
        /// What is wrong with them.
        find: fn(&Access) -> Vec<Finding>,
        /// Changes them.
        breaks: fn(&mut Access),
    },
    /// The meaning of a manifest.
    Meaning {
        /// What is wrong with it.
        find: fn(&Stack) -> Vec<Finding>,
        /// Changes it.
        breaks: fn(&mut Stack),
    },
}

impl Look {
    /// What it looks at, for people.
    pub fn name(&self) -> &'static str {
        match self {
            Look::Template { .. } => "template",
            Look::Change { .. } => "change of a template",
            Look::Calls { .. } => "declared calls",
            Look::Meaning { .. } => "manifest",
        }
    }
}

/// One place where a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The resource, the role or the pipeline; empty where it is the whole.
    pub place: String,
    /// The fact, with what is and what may be; no final period.
    pub fact: String,
    /// What to do.
    pub remedy: String,
}

/// A rule, and one place where it is broken.
#[derive(Debug)]
pub struct Broken {
    /// The rule.
    pub rule: &'static Rule,
    /// The place.
    pub finding: Finding,
}

impl Broken {
    /// For people: the fact, the remedy, and where it is written. The label (`error` or `warning`) comes before it.
    pub fn text(&self) -> String {
        let Finding {
            place,
            fact,
            remedy,
        } = &self.finding;
        let place = match place.as_str() {
            "" => String::new(),
            place => format!("`{place}`: "),
        };
        format!(
            "{place}{fact}\nhelp: {remedy}\nrule: {} ({})",
            self.rule.name, self.rule.source
        )
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        json!({
            "rule": self.rule.name,
            "severity": self.rule.severity.name(),
            "place": self.finding.place,
            "message": self.finding.fact,
            "help": self.finding.remedy,
            "otherwise": self.rule.otherwise,
            "source": self.rule.source,
        })
    }
}

/// All that the rules look at.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The meaning of the manifest.
    pub stack: &'a Stack,
    /// What it is rendered to.
    pub template: &'a Template,
    /// The calls that the host declares.
    pub access: &'a Access,
    /// The template that is deployed already, where it is known.
    pub deployed: Option<&'a Template>,
}

/// Every place where a rule is broken, in the order of [`RULES`].
pub fn check(subject: &Subject<'_>) -> Vec<Broken> {
    let all = RULES.iter().flat_map(|rule| {
        let found = match &rule.look {
            Look::Template { find, .. } => find(subject.template),
            Look::Change { find, .. } => subject
                .deployed
                .map(|deployed| find(deployed, subject.template))
                .unwrap_or_default(),
            Look::Calls { find, .. } => find(subject.access),
            Look::Meaning { find, .. } => find(subject.stack),
        };
        found
            .into_iter()
            .map(move |finding| Broken { rule, finding })
    });
    all.collect()
}
