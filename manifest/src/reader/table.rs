//! Tables with known keys. Each is declared once, with [`table!`](crate::table): its struct, the names of its keys and the
//! way to read them all come of that.

use toml::de::DeTable;

use super::{Decode, Given, Node, in_backticks};
use crate::nearest::{listed, nearest};
use crate::problem::ProblemSink;

/// Declares a table: its keys, each once, with the type of what is written for it.
///
/// It becomes a struct whose fields are [`Given`](crate::reader::Given) or not, and a
/// [`DecodeTable`](crate::reader::DecodeTable). The fields are as visible as the struct. Where the key has another name than
/// the field, `as "…"` says so. `..field: Table` comes last, and puts the keys of another table among this one's.
///
/// ```
/// sluice_manifest::table! {
///     /// `engine = { … }`
///     pub struct Engine {
///         /// What it burns.
///         fuel: String,
///         /// Its power.
///         kilowatts: i64,
///     }
/// }
///
/// sluice_manifest::table! {
///     /// `[car]`, which has one engine and says of it what `[engine]` would.
///     pub struct Car {
///         /// What kind of car it is.
///         kind as "type": String,
///         ..engine: Engine,
///     }
/// }
///
/// assert_eq!(sluice_manifest::reader::paths::<Car>(), ["type", "fuel", "kilowatts"]);
/// ```
#[macro_export]
macro_rules! table {
    (
        $(#[$meta:meta])*
        $vis:vis struct $table:ident {
            $($(#[$about:meta])* $field:ident $(as $key:literal)?: $value:ty,)*
            $(.. $inner:ident: $inner_table:ty $(,)?)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Default)]
        $vis struct $table {
            $($(#[$about])* $vis $field: $crate::reader::Given<$value>,)*
            $($vis $inner: $inner_table,)?
        }

        impl $crate::reader::DecodeTable for $table {
            const KEYS: &'static [$crate::reader::Key] = {
                const OWN: &[$crate::reader::Key] =
                    &[$($crate::reader::Key::new::<$value>($crate::table!(@key $field $($key)?))),*];
                $crate::table!(@keys OWN $($inner_table)?)
            };

            fn read(table: &mut $crate::reader::TableReader) -> Self {
                $table {
                    $($field: table.get($crate::table!(@key $field $($key)?)),)*
                    $($inner: <$inner_table as $crate::reader::DecodeTable>::read(table),)?
                }
            }
        }
    };
    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident $key:literal) => { $key };
    (@keys $own:ident) => { $own };
    (@keys $own:ident $inner:ty) => {{
        const INNER: &[$crate::reader::Key] = <$inner as $crate::reader::DecodeTable>::KEYS;
        const ALL: [$crate::reader::Key; $own.len() + INNER.len()] =
            $crate::reader::Key::joined($own, INNER);
        &ALL
    }};
}

/// A type that a TOML table with certain keys can be read as: what [`table!`](crate::table) makes. Its default has no key.
pub trait DecodeTable: Default {
    /// Every key that it may have.
    const KEYS: &'static [Key];

    /// Takes the keys one by one.
    fn read(table: &mut TableReader) -> Self;

    /// Reads a table that `path` leads to, which is empty for a whole text. Keys that are not known are reported.
    fn from_table(table: &DeTable, path: &str, sink: &mut ProblemSink) -> Self {
        Self::read(&mut TableReader::new(table, path, Self::KEYS, sink))
    }
}

/// A key that a table may have.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What may be written below it.
    pub inside: Inside,
}

/// Which keys a value may hold.
#[derive(Debug, Clone, Copy)]
pub enum Inside {
    /// None that are known.
    Nothing,
    /// These. Those of a list are the keys of its items.
    Keys(&'static [Key]),
    /// Names that the user chooses, and for each of them what a value of that kind may hold.
    Names(&'static Inside),
}

impl Key {
    /// A key with a value of type `T`.
    pub const fn new<T: Decode>(name: &'static str) -> Key {
        Key {
            name,
            inside: T::INSIDE,
        }
    }

    /// `own` and behind them `inner`, which are `N` together.
    pub const fn joined<const N: usize>(own: &[Key], inner: &[Key]) -> [Key; N] {
        let mut keys = [Key {
            name: "",
            inside: Inside::Nothing,
        }; N];
        let mut index = 0;
        while index < N {
            keys[index] = if index < own.len() {
                own[index]
            } else {
                inner[index - own.len()]
            };
            index += 1;
        }
        keys
    }
}

/// The names of keys, for a sentence.
pub(super) fn names(keys: &'static [Key]) -> impl Iterator<Item = &'static str> + Clone {
    keys.iter().map(|key| key.name)
}

/// Everything that can be written into a table, as paths such as `pipeline.NAME.source.prefix`: each key before those below
/// it, with `NAME` for names that the user chooses.
pub fn paths<T: DecodeTable>() -> Vec<String> {
    fn add(inside: Inside, path: &str, paths: &mut Vec<String>) {
        match inside {
            Inside::Nothing => {}
            Inside::Keys(keys) => {
                for key in keys {
                    let path = format!("{path}{}", key.name);
                    paths.push(path.clone());
                    add(key.inside, &format!("{path}."), paths);
                }
            }
            Inside::Names(inside) => add(*inside, &format!("{path}NAME."), paths),
        }
    }
    let mut paths = Vec::new();
    add(Inside::Keys(T::KEYS), "", &mut paths);
    paths
}

/// A table whose known keys are taken one by one.
pub struct TableReader<'a, 'i, 's, 't> {
    entries: Vec<(&'static str, Node<'a, 'i>)>,
    sink: &'s mut ProblemSink<'t>,
}

impl<'a, 'i, 's, 't> TableReader<'a, 'i, 's, 't> {
    /// Reports keys that are not known.
    fn new(
        table: &'a DeTable<'i>,
        path: &str,
        known: &'static [Key],
        sink: &'s mut ProblemSink<'t>,
    ) -> Self {
        let mut entries: Vec<(&str, Node)> = Vec::new();
        for (key, value) in table {
            let node = Node::entry(key, value, path);
            if let Some(known) = names(known).find(|known| *known == key.get_ref()) {
                entries.push((known, node));
                continue;
            }
            let free = names(known).filter(|known| !table.contains_key(*known));
            let meant = nearest(key.get_ref(), free);
            let place = if path.is_empty() {
                sink.document().to_owned()
            } else {
                format!("`{path}`")
            };
            let help = match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("use {}", listed(names(known), "or")),
            };
            sink.report(
                node.key,
                format!("unknown key {} in {place}", in_backticks(key.get_ref())),
                help,
            );
            // Two spellings of one key cannot both be meant.
            if let Some(meant) =
                meant.filter(|meant| entries.iter().all(|(known, _)| known != meant))
            {
                entries.push((meant, node));
            }
        }
        TableReader { entries, sink }
    }

    /// A table of which one key was written, as `node`.
    pub(super) fn of_one(
        key: &'static str,
        node: Node<'a, 'i>,
        sink: &'s mut ProblemSink<'t>,
    ) -> Self {
        TableReader {
            entries: vec![(key, node)],
            sink,
        }
    }

    /// Reads one key.
    pub fn get<T: Decode>(&mut self, key: &'static str) -> Given<T> {
        match self.entries.iter().find(|(known, _)| *known == key) {
            None => Given::Absent,
            Some((_, node)) => node.read(self.sink).map_or(Given::Wrong, Given::Value),
        }
    }
}

impl<T: DecodeTable> Decode for T {
    const INSIDE: Inside = Inside::Keys(T::KEYS);

    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        let Some(table) = node.value.as_table() else {
            let help = format!(
                "write it as `{{ … }}` with {}",
                listed(names(T::KEYS), "or")
            );
            node.mismatch("a table", &help, sink);
            return None;
        };
        Some(T::from_table(table, &node.path, sink))
    }
}
