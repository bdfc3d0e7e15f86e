//! What a component is made of, counted before anything of it is compiled: some kilobytes can take a compiler gigabytes and
//! minutes. A walk over the file costs a time and no memory that grow with anything but its length.
//!
//! What is counted is what compilation costs: how much code there is, and how it is knotted. What the walk lets through may
//! still be more than there is room for, and [`compiler`](super::compiler) is held to that.

use wasmparser::{
    BinaryReaderError, CompositeInnerType, ElementItems, FunctionBody, Operator, Parser, Payload,
};

use super::error::PluginError;

// What plugins with an interpreter in them have, which are the greatest that there are, is said with each limit: Python by
// componentize-py 0.25, JavaScript by componentize-js 0.19.

/// Functions of all modules. Python has 13,488.
const MOST_FUNCTIONS: u64 = 100_000;
/// Bytes of one function. Python has 426,843.
const MOST_BODY_BYTES: u64 = 2 << 20;
/// Locals of one function, its parameters aside. Python has 271.
const MOST_LOCALS: u64 = 5_000;
/// Parameters or results of one function. A component's own have 16.
const MOST_PARAMETERS: u64 = 200;
/// Blocks within each other. Python has 781.
const MOST_NESTING: u64 = 1_600;
/// Locals times places where branches meet: a compiler has to know of every local at every such place. JavaScript has 194,346
/// in one function.
const MOST_KNOTS: u64 = 1_000_000;
/// The same of all functions together. JavaScript has 2,903,951.
const MOST_KNOTS_IN_ALL: u64 = 15_000_000;
/// Types, of modules and components. Python has 1,507.
const MOST_TYPES: u64 = 10_000;
/// Imports, exports and aliases, in all modules and components. Python has 8,428.
const MOST_NAMES: u64 = 50_000;
/// Modules, components and instances. Python has 163.
const MOST_MODULES: u64 = 512;
/// Tables, memories, globals, and segments of data and elements. JavaScript has 10,007.
const MOST_DEFINITIONS: u64 = 50_000;
/// Entries of tables, and of segments that fill them. JavaScript has 15,379.
const MOST_ELEMENTS: u64 = 200_000;
/// Bytes of memory that there are from the start. Python has 13 MB.
const MOST_MEMORY_BYTES: u64 = 256 << 20;

/// What a component is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Survey {
    functions: u64,
    body_bytes: u64,
    locals: u64,
    parameters: u64,
    nesting: u64,
    knots: u64,
    knots_in_all: u64,
    types: u64,
    names: u64,
    modules: u64,
    definitions: u64,
    elements: u64,
    memory_bytes: u64,
}

/// What a component imports and exports itself, by name.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) imports: Vec<String>,
    pub(super) exports: Vec<String>,
}

/// Counts, and refuses what has more of something than a plugin needs. Says what the component imports and exports.
pub(super) fn survey(component: &[u8]) -> Result<World, PluginError> {
    let (survey, world) = Survey::of(component).map_err(|error| PluginError::Invalid {
        reason: error.to_string(),
    })?;
    survey.check()?;
    Ok(world)
}

impl Survey {
    /// The error is of a file that is not well-formed. A count that is too great ends the walk early.
    fn of(component: &[u8]) -> Result<(Self, World), BinaryReaderError> {
        let mut counted = Self::default();
        let mut world = World::default();
        // How many components and modules are open around the place.
        let mut depth = 0_u32;
        for payload in Parser::new(0).parse_all(component) {
            match payload? {
                Payload::Version { .. } => {
                    depth += 1;
                    counted.modules += 1;
                }
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(names) => {
                    counted.names += u64::from(names.count());
                    for import in names.into_iter().filter(|_| depth == 1) {
                        world.imports.push(import?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(names) => {
                    counted.names += u64::from(names.count());
                    for export in names.into_iter().filter(|_| depth == 1) {
                        world.exports.push(export?.name.name.to_owned());
                    }
                }
                Payload::CodeSectionEntry(body) => counted.body(&body)?,
                payload => counted.section(&payload)?,
            }
            if counted.check().is_err() {
                break;
            }
        }
        Ok((counted, world))
    }

    /// Sections whose lengths are what they cost.
    fn section(&mut self, payload: &Payload<'_>) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::TypeSection(types) => {
                for group in types.clone() {
                    for ty in group?.into_types() {
                        self.types += 1;
                        if let CompositeInnerType::Func(function) = &ty.composite_type.inner {
                            let most = function.params().len().max(function.results().len());
                            self.parameters = self.parameters.max(most as u64);
                        }
                    }
                }
            }
            Payload::CoreTypeSection(types) => self.types += u64::from(types.count()),
            Payload::ComponentTypeSection(types) => self.types += u64::from(types.count()),
            Payload::ComponentAliasSection(aliases) => self.names += u64::from(aliases.count()),
            Payload::ComponentCanonicalSection(canonicals) => {
                self.names += u64::from(canonicals.count());
            }
            Payload::ImportSection(imports) => self.names += u64::from(imports.count()),
            Payload::ExportSection(exports) => self.names += u64::from(exports.count()),
            Payload::InstanceSection(instances) => self.modules += u64::from(instances.count()),
            Payload::ComponentInstanceSection(instances) => {
                self.modules += u64::from(instances.count());
            }
            Payload::FunctionSection(functions) => self.functions += u64::from(functions.count()),
            Payload::TableSection(tables) => {
                for table in tables.clone() {
                    self.elements = self.elements.saturating_add(table?.ty.initial);
                    self.definitions += 1;
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories.clone() {
                    let memory = memory?;
                    let page = 1_u64 << memory.page_size_log2.unwrap_or(16).min(32);
                    let bytes = memory.initial.saturating_mul(page);
                    self.memory_bytes = self.memory_bytes.saturating_add(bytes);
                    self.definitions += 1;
                }
            }
            Payload::GlobalSection(globals) => self.definitions += u64::from(globals.count()),
            Payload::DataSection(data) => self.definitions += u64::from(data.count()),
            Payload::ElementSection(elements) => {
                for segment in elements.clone() {
                    let entries = match segment?.items {
                        ElementItems::Functions(items) => items.count(),
                        ElementItems::Expressions(_, items) => items.count(),
                    };
                    self.elements = self.elements.saturating_add(entries.into());
                    self.definitions += 1;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// One function.
    fn body(&mut self, body: &FunctionBody<'_>) -> Result<(), BinaryReaderError> {
        self.body_bytes = self.body_bytes.max(body.as_bytes().len() as u64);
        let mut locals = 0_u64;
        let mut declared = body.get_locals_reader()?;
        for _ in 0..declared.get_count() {
            let (count, _) = declared.read()?;
            locals = locals.saturating_add(count.into());
        }
        self.locals = self.locals.max(locals);
        let (mut depth, mut meetings) = (0_u64, 1_u64);
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            match operators.read()? {
                Operator::Block { .. }
                | Operator::Loop { .. }
                | Operator::If { .. }
                | Operator::TryTable { .. }
                | Operator::Try { .. } => {
                    depth += 1;
                    meetings += 1;
                    self.nesting = self.nesting.max(depth);
                }
                Operator::End => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        let knots = locals.saturating_mul(meetings);
        self.knots = self.knots.max(knots);
        self.knots_in_all = self.knots_in_all.saturating_add(knots);
        Ok(())
    }

    /// Whether it has no more of anything than is allowed.
    fn check(&self) -> Result<(), PluginError> {
        let counts = [
            ("functions", self.functions, MOST_FUNCTIONS),
            ("bytes in one function", self.body_bytes, MOST_BODY_BYTES),
            ("locals in one function", self.locals, MOST_LOCALS),
            (
                "parameters of one function",
                self.parameters,
                MOST_PARAMETERS,
            ),
            ("blocks within each other", self.nesting, MOST_NESTING),
            (
                "locals times blocks in one function",
                self.knots,
                MOST_KNOTS,
            ),
            (
                "locals times blocks in all functions",
                self.knots_in_all,
                MOST_KNOTS_IN_ALL,
            ),
            ("types", self.types, MOST_TYPES),
            ("imports and exports", self.names, MOST_NAMES),
            ("modules and instances", self.modules, MOST_MODULES),
            (
                "tables, memories, globals and segments",
                self.definitions,
                MOST_DEFINITIONS,
            ),
            ("entries of tables", self.elements, MOST_ELEMENTS),
            (
                "bytes of memory at its start",
                self.memory_bytes,
                MOST_MEMORY_BYTES,
            ),
        ];
        match counts.into_iter().find(|(_, found, limit)| found > limit) {
            Some((what, found, limit)) => Err(PluginError::TooMuch { what, found, limit }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn check(text: &str, expected: &str) {
        let bytes = wat::parse_str(text).unwrap();
        let (survey, _) = Survey::of(&bytes).unwrap();
        let message = survey.check().err().map(|error| error.to_string());
        let message = message.as_deref().unwrap_or("may be compiled");
        assert!(message.contains(expected), "{message}");
    }

    #[test]
    fn what_is_knotted_is_told() {
        let component = |inner: &str| format!("(component (core module {inner}))");
        check(&component("(func)"), "may be compiled");
        let loops = "loop ".repeat(800) + &"end ".repeat(800);
        let locals = format!("(local {})", "i32 ".repeat(3_000));
        check(
            &component(&format!("(func {locals} {loops})")),
            "2403000 locals times blocks in one function, limit 1000000",
        );
        let some = "(local i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)";
        check(
            &component(&format!("(func {some} {loops})")),
            "may be compiled",
        );
        let deep = "block ".repeat(1_601) + &"end ".repeat(1_601);
        check(
            &component(&format!("(func {deep})")),
            "1601 blocks within each other",
        );
        check(&component(&"(func)".repeat(100_001)), "100001 functions");
        let many = format!("(func (param {}))", "i32 ".repeat(201));
        check(&component(&many), "201 parameters of one function");
        check(&component("(memory 4097)"), "268500992 bytes of memory");
        check(
            &component("(table 200001 funcref)"),
            "200001 entries of tables",
        );
        let many = format!("(component {})", "(core module)".repeat(512));
        check(&many, "513 modules");
    }

    #[test]
    fn a_component_says_what_it_imports_and_exports() {
        let text = r#"(component (import "a:b/c@1.0.0" (instance)) (component (import "inner" (func))) (instance $i) (export "d:e/f" (instance $i)))"#;
        let world = survey(&wat::parse_str(text).unwrap()).unwrap();
        assert_eq!(world.imports, ["a:b/c@1.0.0"]);
        assert_eq!(world.exports, ["d:e/f"]);
    }
}
