//! Aggregates of columns over a run, as parts of the summary's JSON object.
//!
//! Both types are flattened into the object: their keys are named after the columns and sorted
//! by name. Reading takes the keys that it knows and ignores all others.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use patchday_agents::metrics::columns::{Aggregate, ColumnId};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor},
    ser::SerializeMap,
};

use crate::results::summary::spans::Extreme;

/// Sums of the columns with [`Aggregate::Sum`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sums(BTreeMap<ColumnId, u64>);

/// Maxima of the columns with [`Aggregate::Max`], in the units of the columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Maxima(BTreeMap<ColumnId, Extreme<f64>>);

impl Sums {
    /// The sum of a column; `None` if the run has no sample.
    pub(crate) fn get(&self, id: ColumnId) -> Option<u64> {
        self.0.get(&id).copied()
    }
}

impl From<BTreeMap<ColumnId, u64>> for Sums {
    fn from(sums: BTreeMap<ColumnId, u64>) -> Self {
        Self(sums)
    }
}

impl Maxima {
    /// The maximum of a column; `None` if the run has no sample.
    pub(crate) fn get(&self, id: ColumnId) -> Option<&Extreme<f64>> {
        self.0.get(&id)
    }
}

impl FromIterator<(ColumnId, Extreme<f64>)> for Maxima {
    fn from_iter<I: IntoIterator<Item = (ColumnId, Extreme<f64>)>>(maxima: I) -> Self {
        Self(maxima.into_iter().collect())
    }
}

/// The suffix that [`Maxima`] appends to the names of columns.
const MAX: &str = "_max";

impl Serialize for Sums {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        by_name(&self.0, "", serializer)
    }
}

impl Serialize for Maxima {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        by_name(&self.0, MAX, serializer)
    }
}

/// Writes values under the names of their columns, sorted by name.
fn by_name<S: Serializer, T: Serialize>(
    values: &BTreeMap<ColumnId, T>,
    suffix: &str,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let named = values
        .iter()
        .map(|(id, value)| (format!("{}{suffix}", id.name()), value));
    let named: BTreeMap<String, &T> = named.collect();
    let mut map = serializer.serialize_map(Some(named.len()))?;
    for (name, value) in named {
        map.serialize_entry(&name, value)?;
    }
    map.end()
}

impl<'de> Deserialize<'de> for Sums {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let visitor = ByName::new(Aggregate::Sum, "");
        deserializer.deserialize_map(visitor).map(Self)
    }
}

impl<'de> Deserialize<'de> for Maxima {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let visitor = ByName::new(Aggregate::Max, MAX);
        deserializer.deserialize_map(visitor).map(Self)
    }
}

/// Reads what [`by_name`] writes.
struct ByName<T> {
    aggregate: Aggregate,
    suffix: &'static str,
    value: PhantomData<T>,
}

impl<T> ByName<T> {
    fn new(aggregate: Aggregate, suffix: &'static str) -> Self {
        Self {
            aggregate,
            suffix,
            value: PhantomData,
        }
    }

    fn column(&self, key: &str) -> Option<ColumnId> {
        let id = ColumnId::from_name(key.strip_suffix(self.suffix)?)?;
        (id.column().aggregate == Some(self.aggregate)).then_some(id)
    }
}

impl<'de, T: DeserializeOwned> Visitor<'de> for ByName<T> {
    type Value = BTreeMap<ColumnId, T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of figures by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            if let Some(id) = self.column(&key) {
                values.insert(id, map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(values)
    }
}
