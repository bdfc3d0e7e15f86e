//! Paths to what an item holds, typed by what is there.
//!
//! A path is made of the constants of an item's module and of the methods that its type has, as in
//! `ledger::NEXT.start().record()`. It is written in two ways: in expressions of DynamoDB, and in queries (JMESPath) of
//! the AWS CLI over an answer, where every value stands inside of its type.

use std::marker::PhantomData;

/// What DynamoDB holds at a path.
pub trait Kind {
    /// What DynamoDB calls the type.
    const TAG: &'static str;
}

/// A string.
#[derive(Debug, Clone, Copy)]
pub enum Text {}

/// A number.
#[derive(Debug, Clone, Copy)]
pub enum Number {}

/// True or false.
#[derive(Debug, Clone, Copy)]
pub enum Flag {}

impl Kind for Text {
    const TAG: &'static str = "S";
}

impl Kind for Number {
    const TAG: &'static str = "N";
}

impl Kind for Flag {
    const TAG: &'static str = "BOOL";
}

/// The most steps of a path.
const MOST_STEPS: usize = 4;

/// Where something is in an item: an attribute, or a member of the document that one holds.
#[derive(Debug)]
pub struct Path<K> {
    steps: [&'static str; MOST_STEPS],
    length: usize,
    kind: PhantomData<fn() -> K>,
}

impl<K> Clone for Path<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Path<K> {}

/// An attribute or a member as it is declared, whatever its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Declared {
    /// What it is called.
    pub name: &'static str,
    /// What DynamoDB calls its type.
    pub tag: &'static str,
}

impl<K: Kind> Path<K> {
    /// An attribute.
    pub(super) const fn attribute(name: &'static str) -> Self {
        let mut steps = [""; MOST_STEPS];
        steps[0] = name;
        Self {
            steps,
            length: 1,
            kind: PhantomData,
        }
    }

    /// A member of the document at this path.
    pub(super) const fn member<M: Kind>(self, name: &'static str) -> Path<M> {
        let mut steps = self.steps;
        steps[self.length] = name;
        Path {
            steps,
            length: self.length + 1,
            kind: PhantomData,
        }
    }

    /// The last of its steps, and the type of what is there.
    pub const fn declared(&self) -> Declared {
        Declared {
            name: self.steps[self.length - 1],
            tag: K::TAG,
        }
    }

    /// The attribute that it begins with.
    pub const fn name(&self) -> &'static str {
        self.steps[0]
    }

    /// The attribute, and the members on the way from there.
    pub fn steps(&self) -> &[&'static str] {
        &self.steps[..self.length]
    }

    /// In an expression of DynamoDB. Every step stands as a placeholder, because many names are words of DynamoDB's own;
    /// [`placeholders`](Self::placeholders) says what they stand for.
    pub fn expression(&self) -> String {
        let steps: Vec<String> = self.placeholders().map(|(step, _)| step).collect();
        steps.join(".")
    }

    /// The placeholders of its expression, and what each of them stands for.
    pub fn placeholders(&self) -> impl Iterator<Item = (String, &'static str)> + use<K> {
        self.steps
            .into_iter()
            .take(self.length)
            .map(|step| (format!("#{step}"), step))
    }

    /// In a query over DynamoDB's JSON, where documents are `M` and what is at the path is of its own type.
    pub fn in_json(&self) -> String {
        format!("{}.{}", self.steps().join(".M."), K::TAG)
    }
}

/// Declares the attributes of an item: a path for each of them, and `ATTRIBUTES`, the list of all.
macro_rules! attributes {
    ($($(#[$doc:meta])* $name:ident: $kind:ty = $attribute:literal;)+) => {
        $($(#[$doc])* pub const $name: $crate::control::path::Path<$kind> =
            $crate::control::path::Path::attribute($attribute);)+

        /// Every attribute, except for the keys of the table.
        pub const ATTRIBUTES: &[$crate::control::path::Declared] = &[$($name.declared()),+];
    };
}

/// Declares a document that an attribute or a member holds: a method on the path to it for each of its members, and
/// `MEMBERS`, the list of all.
macro_rules! document {
    ($(#[$doc:meta])* $shape:ident { $($(#[$member_doc:meta])* $member:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub enum $shape {}

        impl $crate::control::path::Kind for $shape {
            const TAG: &'static str = "M";
        }

        impl $shape {
            /// Every member.
            pub const MEMBERS: &[$crate::control::path::Declared] = &[$($crate::control::path::Declared {
                name: stringify!($member),
                tag: <$kind as $crate::control::path::Kind>::TAG,
            }),*];
        }

        impl $crate::control::path::Path<$shape> {
            $($(#[$member_doc])* pub const fn $member(self) -> $crate::control::path::Path<$kind> {
                self.member(stringify!($member))
            })*
        }
    };
}

pub(super) use {attributes, document};

#[cfg(test)]
mod tests {
    use crate::control::{SORT_KEY, ledger};

    #[test]
    fn a_path_is_written_in_two_ways() {
        let start = ledger::NEXT.start().record();
        assert_eq!(start.expression(), "#next.#start.#record");
        assert_eq!(start.in_json(), "next.M.start.M.record.N");
        assert_eq!(SORT_KEY.in_json(), "sk.S");
        let names: Vec<_> = start.placeholders().collect();
        assert_eq!(names[2], ("#record".to_owned(), "record"));
    }
}
