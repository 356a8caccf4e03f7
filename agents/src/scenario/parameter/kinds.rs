//! The types that a key can have.

use crate::scenario::parameter::{form::Form, value::Value, value_error::ValueError};
use crate::scenario::quantity::{
    instant::{Day, Instant},
    moment::Moment,
    rate::Rate,
    share::Share,
    span::Span,
    utc_offset::UtcOffset,
};

/// A type that a key can have. A section is not a parameter.
pub trait Parameter: Sized + 'static {
    /// The form of its values.
    const FORM: Form;

    /// Returns the value of a key that is not set.
    fn blank() -> Self;

    /// Converts a value to this type.
    ///
    /// # Errors
    /// Returns an error if the value does not have the form of this type.
    fn read(value: &Value) -> Result<Self, ValueError>;

    /// Converts to a value; `None` if the key is not set.
    fn show(&self) -> Option<Value>;
}

/// Returns the error for a value that does not have the form of its type.
fn wrong_form<T: Parameter>(value: &Value) -> ValueError {
    ValueError::new(value, T::FORM.expected())
}

impl Parameter for bool {
    const FORM: Form = Form::Switch;

    fn blank() -> Self {
        false
    }

    fn read(value: &Value) -> Result<Self, ValueError> {
        match value {
            Value::Switch(on) => Ok(*on),
            other => Err(wrong_form::<Self>(other)),
        }
    }

    fn show(&self) -> Option<Value> {
        Some(Value::Switch(*self))
    }
}

impl Parameter for f64 {
    const FORM: Form = Form::Number;

    fn blank() -> Self {
        0.0
    }

    fn read(value: &Value) -> Result<Self, ValueError> {
        match value {
            Value::Integer(number) => Ok(*number as Self),
            Value::Number(number) if number.is_finite() => Ok(*number),
            other => Err(wrong_form::<Self>(other)),
        }
    }

    fn show(&self) -> Option<Value> {
        Some(Value::Number(*self))
    }
}

impl Parameter for String {
    const FORM: Form = Form::Text;

    fn blank() -> Self {
        Self::new()
    }

    fn read(value: &Value) -> Result<Self, ValueError> {
        match value {
            Value::Text(text) => Ok(text.clone()),
            other => Err(wrong_form::<Self>(other)),
        }
    }

    fn show(&self) -> Option<Value> {
        Some(Value::Text(self.clone()))
    }
}

impl Parameter for Share {
    const FORM: Form = Form::Share;

    fn blank() -> Self {
        Self::NONE
    }

    fn read(value: &Value) -> Result<Self, ValueError> {
        let share = Form::Share.magnitude(value).and_then(Self::new);
        share.ok_or_else(|| wrong_form::<Self>(value))
    }

    fn show(&self) -> Option<Value> {
        Some((*self).into())
    }
}

macro_rules! counts {
    ($($count:ty),*) => {$(
        impl Parameter for $count {
            // Numbers in a scenario are signed and have 64 bits.
            const FORM: Form = Form::Count {
                most: if <$count>::BITS == 64 { i64::MAX as u64 } else { <$count>::MAX as u64 },
            };

            fn blank() -> Self {
                0
            }

            fn read(value: &Value) -> Result<Self, ValueError> {
                let count = match value {
                    Value::Integer(number) => Self::try_from(*number).ok(),
                    _ => None,
                };
                count.ok_or_else(|| wrong_form::<Self>(value))
            }

            fn show(&self) -> Option<Value> {
                Some(Value::Integer(i64::try_from(*self).unwrap_or(i64::MAX)))
            }
        }
    )*};
}

counts!(u8, u16, u32, u64, usize);

macro_rules! quantities {
    ($($quantity:ident),*) => {$(
        impl Parameter for $quantity {
            const FORM: Form = Form::$quantity;

            fn blank() -> Self {
                Self::default()
            }

            fn read(value: &Value) -> Result<Self, ValueError> {
                let quantity = match value {
                    Value::Text(text) => text.parse().ok(),
                    _ => None,
                };
                quantity.ok_or_else(|| wrong_form::<Self>(value))
            }

            fn show(&self) -> Option<Value> {
                Some((*self).into())
            }
        }
    )*};
}

quantities!(Span, Rate, Instant, Moment, Day);

impl Parameter for UtcOffset {
    const FORM: Form = Form::UtcOffset;

    fn blank() -> Self {
        Self::default()
    }

    fn read(value: &Value) -> Result<Self, ValueError> {
        Self::FORM.utc_offset(value)
    }

    fn show(&self) -> Option<Value> {
        Some((*self).into())
    }
}

impl<P: Parameter> Parameter for Option<P> {
    const FORM: Form = P::FORM;

    fn blank() -> Self {
        None
    }

    fn read(value: &Value) -> Result<Self, ValueError> {
        P::read(value).map(Some)
    }

    fn show(&self) -> Option<Value> {
        self.as_ref().and_then(P::show)
    }
}

impl<P: Parameter> Parameter for Vec<P> {
    const FORM: Form = Form::List {
        item: &P::FORM,
        length: None,
    };

    fn blank() -> Self {
        Self::new()
    }

    fn read(value: &Value) -> Result<Self, ValueError> {
        match value {
            Value::List(values) => values.iter().map(P::read).collect(),
            other => Err(wrong_form::<Self>(other)),
        }
    }

    fn show(&self) -> Option<Value> {
        Some(Value::List(self.iter().filter_map(P::show).collect()))
    }
}

impl<P: Parameter, const N: usize> Parameter for [P; N] {
    const FORM: Form = Form::List {
        item: &P::FORM,
        length: Some(N),
    };

    fn blank() -> Self {
        std::array::from_fn(|_| P::blank())
    }

    fn read(value: &Value) -> Result<Self, ValueError> {
        Self::FORM.check(value)?;
        Vec::<P>::read(value)?
            .try_into()
            .map_err(|_| wrong_form::<Self>(value))
    }

    fn show(&self) -> Option<Value> {
        Some(Value::List(self.iter().filter_map(P::show).collect()))
    }
}
