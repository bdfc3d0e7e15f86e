//! The types of fields: one row each, from which the manifest, the plugin boundary, the checks and the sinks take what is
//! a plain fact about a type.
//!
//! A [`TypeName`] is a type without bounds; a [`FieldType`] is what one field says, bounds included. How a type's values
//! lie in memory and in files is its [`Stored`] form: whatever knows that form knows the type. What no table can say
//! (how text is read, what a bound means) matches on these enums without a rest, so that the compiler names it.

use serde::{Deserialize, Serialize};

/// What a field of a type may be, beside a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldUse {
    /// A part of a key: equal values are written alike, and have a place in a DynamoDB key.
    Key,
    /// The version of a record: a later one is greater.
    Version,
    /// A folder of the lake, by its value.
    Folder,
    /// Something that has a day, a month and a year: folders of the lake, and the beginning of an item's life.
    Day,
    /// Something that has an hour.
    Hour,
}

/// What can be demanded of the values of a type, as it is written in a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// `min` and `max`.
    Bounds,
    /// `min_length` and `max_length`.
    Length,
    /// `pattern`.
    Pattern,
    /// `one_of`.
    Choice,
    /// `precision` and `scale`.
    Digits,
}

/// The values of the plugin boundary that carry a type once it is read. As bytes, any type may still be unread text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// Text.
    Bytes,
    /// 64-bit signed.
    Integers,
    /// 64-bit floating point.
    Floats,
    /// 0 or 1.
    Booleans,
}

/// How values lie in memory and in files, once they are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// UTF-8.
    Text,
    /// JSON as UTF-8, which a table keeps as the document that it is.
    Document,
    /// 64-bit signed.
    Integer,
    /// 64-bit floating point.
    Float,
    /// 128-bit, in units of 10 to the power of `-scale`.
    Decimal,
    /// True or false.
    Boolean,
    /// Microseconds since 1970-01-01T00:00:00Z.
    Timestamp,
    /// Days since 1970-01-01.
    Date,
}

impl Stored {
    /// The type of its columns in SQLite. Decimals, timestamps and dates are text that sorts like the value (decimals
    /// where they are of equal length) and is exact.
    pub fn sqlite(self) -> &'static str {
        match self {
            Stored::Integer | Stored::Boolean => "INTEGER",
            Stored::Float => "REAL",
            Stored::Text
            | Stored::Document
            | Stored::Decimal
            | Stored::Timestamp
            | Stored::Date => "TEXT",
        }
    }

    /// The type of its attributes in a DynamoDB key: `S` or `N`. Text that sorts like its values is `S`: timestamps and
    /// dates are.
    pub fn key_attribute(self) -> &'static str {
        match self {
            Stored::Integer | Stored::Float | Stored::Decimal => "N",
            Stored::Text
            | Stored::Document
            | Stored::Boolean
            | Stored::Timestamp
            | Stored::Date => "S",
        }
    }

    /// The Hive type of its Parquet columns, without parameters.
    pub fn hive(self) -> &'static str {
        match self {
            Stored::Text | Stored::Document => "string",
            Stored::Integer => "bigint",
            Stored::Float => "double",
            Stored::Decimal => "decimal",
            Stored::Boolean => "boolean",
            Stored::Timestamp => "timestamp",
            Stored::Date => "date",
        }
    }
}

/// Makes the enum and its lists of the rows below, so that neither can lack a type.
macro_rules! types {
    ($(
        $(#[$doc:meta])+
        $variant:ident {
            name: $name:literal,
            also_called: [$($foreign:literal),*],
            uses: [$($field_use:ident),*],
            demands: [$($demand:ident),*],
            carrier: $carrier:ident,
            also_reads: [$($read:ident),*],
            stored: $stored:ident,
            key_bytes: $key_bytes:expr,
        }
    )+) => {
        /// A type without its bounds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum TypeName {
            $($(#[$doc])+ $variant,)+
        }

        impl TypeName {
            /// All of them, in the order in which they are listed to people.
            pub const ALL: &'static [TypeName] = &[$(TypeName::$variant),+];

            /// What other systems call them.
            pub const ALSO_CALLED: &'static [(&'static str, TypeName)] =
                &[$($(($foreign, TypeName::$variant),)*)+];

            /// As it is written in a manifest and in the plugin contract, without parameters.
            pub fn name(self) -> &'static str {
                match self {
                    $(TypeName::$variant => $name,)+
                }
            }

            /// What its fields may be.
            pub fn uses(self) -> &'static [FieldUse] {
                match self {
                    $(TypeName::$variant => &[$(FieldUse::$field_use),*],)+
                }
            }

            /// What can be demanded of its values.
            pub fn demands(self) -> &'static [Demand] {
                match self {
                    $(TypeName::$variant => &[$(Demand::$demand),*],)+
                }
            }

            /// What carries its values over the plugin boundary.
            pub fn carrier(self) -> Carrier {
                match self {
                    $(TypeName::$variant => Carrier::$carrier,)+
                }
            }

            /// Types beside itself and text of which a plugin's values are read as this one.
            pub fn also_reads(self) -> &'static [TypeName] {
                match self {
                    $(TypeName::$variant => &[$(TypeName::$read),*],)+
                }
            }

            /// How its values are stored.
            pub fn stored(self) -> Stored {
                match self {
                    $(TypeName::$variant => Stored::$stored,)+
                }
            }

            /// The most bytes that a value takes as text in a key; `None` where that is for the field's bounds to say.
            pub fn key_bytes(self) -> Option<u64> {
                match self {
                    $(TypeName::$variant => $key_bytes,)+
                }
            }
        }
    };
}

types! {
    /// UTF-8 text.
    Text {
        name: "text",
        also_called: ["string", "str", "varchar"],
        uses: [Key, Folder],
        demands: [Length, Pattern, Choice],
        carrier: Bytes,
        also_reads: [],
        stored: Text,
        key_bytes: None,
    }
    /// 64-bit signed. The longest are a sign with 19 digits.
    Integer {
        name: "integer",
        also_called: ["int", "bigint", "long", "i64"],
        uses: [Key, Version, Folder],
        demands: [Bounds, Choice],
        carrier: Integers,
        also_reads: [],
        stored: Integer,
        key_bytes: Some(20),
    }
    /// 64-bit floating point, always finite.
    Float {
        name: "float",
        also_called: ["double", "real", "number", "f64"],
        uses: [],
        demands: [Bounds],
        carrier: Floats,
        also_reads: [Integer],
        stored: Float,
        key_bytes: Some(0),
    }
    /// Exact decimal number. The longest are a sign, a zero and a point with 38 digits.
    Decimal {
        name: "decimal",
        also_called: ["numeric", "money"],
        uses: [Key],
        demands: [Bounds, Digits],
        carrier: Bytes,
        also_reads: [Integer],
        stored: Decimal,
        key_bytes: Some(41),
    }
    /// True or false.
    Boolean {
        name: "boolean",
        also_called: ["bool"],
        uses: [Folder],
        demands: [],
        carrier: Booleans,
        also_reads: [],
        stored: Boolean,
        key_bytes: Some(0),
    }
    /// Microseconds since 1970-01-01T00:00:00Z.
    Timestamp {
        name: "timestamp",
        also_called: ["datetime", "time"],
        uses: [Key, Version, Day, Hour],
        demands: [Bounds],
        carrier: Integers,
        also_reads: [],
        stored: Timestamp,
        key_bytes: Some(27),
    }
    /// Days since 1970-01-01.
    Date {
        name: "date",
        also_called: [],
        uses: [Key, Version, Folder, Day],
        demands: [Bounds],
        carrier: Integers,
        also_reads: [],
        stored: Date,
        key_bytes: Some(10),
    }
    /// Any JSON value, as text.
    Json {
        name: "json",
        also_called: ["object", "map", "list"],
        uses: [],
        demands: [],
        carrier: Bytes,
        also_reads: [],
        stored: Document,
        key_bytes: Some(0),
    }
}

impl TypeName {
    /// The types whose fields may be `wanted`.
    pub fn with_use(wanted: FieldUse) -> Vec<TypeName> {
        let types = TypeName::ALL.iter().copied();
        types.filter(|name| name.may_be(wanted)).collect()
    }

    /// The types of whose values this can be demanded.
    pub fn with_demand(demand: Demand) -> Vec<TypeName> {
        let types = TypeName::ALL.iter().copied();
        types.filter(|name| name.allows(demand)).collect()
    }

    /// Whether its fields may be `wanted`.
    pub fn may_be(self, wanted: FieldUse) -> bool {
        self.uses().contains(&wanted)
    }

    /// Whether this can be demanded of its values.
    pub fn allows(self, demand: Demand) -> bool {
        self.demands().contains(&demand)
    }

    /// The type of this name, without parameters.
    pub fn of(name: &str) -> Option<TypeName> {
        let mut types = TypeName::ALL.iter().copied();
        types.find(|known| known.name() == name)
    }

    /// Whether values of the type `other` are read as this one. Text is still to be read, as any type.
    pub fn reads(self, other: TypeName) -> bool {
        other == TypeName::Text || other == self || self.also_reads().contains(&other)
    }

    /// Reads a type as the plugin contract writes it: `text`, `decimal(10,2)` and so on; `None` for anything else.
    pub fn of_logical(logical: &str) -> Option<TypeName> {
        let Some(digits) = logical.strip_prefix("decimal(") else {
            return TypeName::of(logical).filter(|name| !name.allows(Demand::Digits));
        };
        let (precision, scale) = digits.strip_suffix(')')?.split_once(',')?;
        let (precision, scale): (u8, u8) =
            (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
        let valid = (1..=crate::literal::MAX_PRECISION).contains(&precision) && scale <= precision;
        valid.then_some(TypeName::Decimal)
    }
}

/// What the values of a field are, and within which bounds (inclusive).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FieldType {
    /// UTF-8 text. Lengths count Unicode scalar values.
    Text {
        /// The fewest characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min_length: Option<u32>,
        /// The most characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_length: Option<u32>,
        /// A regular expression (of the `regex` crate) that matches somewhere in the value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pattern: Option<String>,
        /// The only values; empty where any is allowed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        one_of: Vec<String>,
    },
    /// 64-bit signed.
    Integer {
        /// The smallest value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<i64>,
        /// The greatest value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<i64>,
        /// The only values; empty where any is allowed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        one_of: Vec<i64>,
    },
    /// 64-bit floating point, always finite.
    Float {
        /// The smallest value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<f64>,
        /// The greatest value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<f64>,
    },
    /// Exact decimal number. Values are counted in units of 10 to the power of `-scale`.
    Decimal {
        /// Digits in all, 1 to 38.
        precision: u8,
        /// Digits after the point, 0 to `precision`.
        scale: u8,
        /// The smallest value, in units.
        #[serde(default, with = "units", skip_serializing_if = "Option::is_none")]
        min: Option<i128>,
        /// The greatest value, in units.
        #[serde(default, with = "units", skip_serializing_if = "Option::is_none")]
        max: Option<i128>,
    },
    /// True or false.
    Boolean,
    /// Microseconds since 1970-01-01T00:00:00Z.
    Timestamp {
        /// The earliest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<i64>,
        /// The latest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<i64>,
    },
    /// Days since 1970-01-01.
    Date {
        /// The earliest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<i32>,
        /// The latest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<i32>,
    },
    /// Any JSON value, as text.
    Json,
}

/// Units of a decimal as text: JSON's numbers, as most read them, have 64 bits.
mod units {
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(
        units: &Option<i128>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match units {
            Some(units) => serializer.collect_str(units),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<i128>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(de::Error::custom))
            .transpose()
    }
}

impl FieldType {
    /// Its type without bounds.
    pub fn type_name(&self) -> TypeName {
        match self {
            FieldType::Text { .. } => TypeName::Text,
            FieldType::Integer { .. } => TypeName::Integer,
            FieldType::Float { .. } => TypeName::Float,
            FieldType::Decimal { .. } => TypeName::Decimal,
            FieldType::Boolean => TypeName::Boolean,
            FieldType::Timestamp { .. } => TypeName::Timestamp,
            FieldType::Date { .. } => TypeName::Date,
            FieldType::Json => TypeName::Json,
        }
    }

    /// Its name in a manifest and in the plugin contract, without parameters.
    pub fn name(&self) -> &'static str {
        self.type_name().name()
    }

    /// How its values are stored.
    pub fn stored(&self) -> Stored {
        self.type_name().stored()
    }

    /// Digits in all and after the point, of decimals; other types have none.
    pub fn digits(&self) -> (u8, u8) {
        match self {
            FieldType::Decimal {
                precision, scale, ..
            } => (*precision, *scale),
            FieldType::Text { .. }
            | FieldType::Integer { .. }
            | FieldType::Float { .. }
            | FieldType::Boolean
            | FieldType::Timestamp { .. }
            | FieldType::Date { .. }
            | FieldType::Json => (0, 0),
        }
    }

    /// The Hive type of its Parquet columns.
    pub fn hive(&self) -> String {
        let name = self.stored().hive();
        match self.digits() {
            (0, _) => name.to_owned(),
            (precision, scale) => format!("{name}({precision},{scale})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logical_types() {
        fn check(logical: &str, expected: Option<TypeName>) {
            assert_eq!(TypeName::of_logical(logical), expected, "{logical}");
        }
        for name in TypeName::ALL {
            let expected = (!name.allows(Demand::Digits)).then_some(*name);
            check(name.name(), expected);
        }
        check("decimal(10,2)", Some(TypeName::Decimal));
        check("decimal(38, 38)", Some(TypeName::Decimal));
        check("decimal(39,2)", None);
        check("decimal(4,5)", None);
        check("Text", None);
        check("", None);
    }

    #[test]
    fn others_do_not_call_a_type_by_the_name_of_another() {
        for (foreign, _) in TypeName::ALSO_CALLED {
            assert_eq!(TypeName::of(foreign), None, "{foreign}");
        }
    }
}
