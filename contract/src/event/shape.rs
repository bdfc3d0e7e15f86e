//! The shape of what an event says, declared once: a type that is written and read, and the JSON Schema that describes it,
//! with the same words.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::Sha256;

/// What a value looks like as JSON.
pub trait Shape {
    /// Whether a member of this type is always there.
    const REQUIRED: bool = true;

    /// Its JSON Schema, in the part of the language that EventBridge's registry knows (OpenAPI 3.0).
    fn schema() -> Value;
}

/// A shape with members, which can be part of another one.
pub trait Members {
    /// Every member: its name, its schema with what it means, and whether it is always there.
    fn members() -> Vec<Member>;
}

/// One member.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// What it is called.
    pub name: &'static str,
    /// What it looks like.
    pub schema: Value,
    /// What it means: a sentence.
    pub means: String,
    /// Whether it is always there.
    pub required: bool,
}

impl Shape for String {
    fn schema() -> Value {
        json!({ "type": "string" })
    }
}

impl Shape for bool {
    fn schema() -> Value {
        json!({ "type": "boolean" })
    }
}

impl Shape for u64 {
    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 0 })
    }
}

impl Shape for Sha256 {
    fn schema() -> Value {
        json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" })
    }
}

impl<T: Shape> Shape for Vec<T> {
    fn schema() -> Value {
        json!({ "type": "array", "items": T::schema() })
    }
}

impl<T: Shape> Shape for BTreeMap<String, T> {
    fn schema() -> Value {
        json!({ "type": "object", "additionalProperties": T::schema() })
    }
}

impl<T: Shape> Shape for Option<T> {
    const REQUIRED: bool = false;

    fn schema() -> Value {
        T::schema()
    }
}

/// The schema of an object that has these members, and may get others.
pub(super) fn object(members: &[Member]) -> Value {
    let required: Vec<&str> = members
        .iter()
        .filter(|member| member.required)
        .map(|member| member.name)
        .collect();
    let properties: Map<String, Value> = members
        .iter()
        .map(|member| {
            let mut schema = member.schema.clone();
            schema["description"] = member.means.clone().into();
            (member.name.to_owned(), schema)
        })
        .collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

/// Declares a shape with members: what their comments say is what the schema says.
macro_rules! members {
    (
        $(#[doc = $about:literal])+
        pub struct $name:ident {
            $($(#[doc = $means:literal])+ $(#[serde($($serde:tt)+)])? $member:ident: $type:ty,)+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            $($(#[doc = $means])+ $(#[serde($($serde)+)])? pub $member: $type,)+
        }

        impl $crate::event::shape::Members for $name {
            fn members() -> Vec<$crate::event::shape::Member> {
                vec![$($crate::event::shape::Member {
                    name: stringify!($member),
                    schema: <$type as $crate::event::shape::Shape>::schema(),
                    means: concat!($($means),+).trim().to_owned(),
                    required: <$type as $crate::event::shape::Shape>::REQUIRED,
                }),+]
            }
        }

        impl $crate::event::shape::Shape for $name {
            fn schema() -> serde_json::Value {
                $crate::event::shape::object(&<$name as $crate::event::shape::Members>::members())
            }
        }
    };
}

pub(super) use members;
