//! The macros that declare sections and choices.
//!
//! They generate the struct or enum, its defaults and its descriptors from one declaration.

/// Declares a section: a struct, its defaults, and a descriptor of every field.
///
/// The doc comment of a field is its documentation and its text in the schema. The macro
/// appends default, range, unit and source to the documentation. The parts after the type must
/// be in the order of the example.
///
/// ```
/// use patchday_agents::scenario::quantity::{Instant, Rate, Span};
/// use patchday_agents::{choice, section};
///
/// choice! {
///     /// The random part of a pause.
///     pub enum Jitter {
///         /// None.
///         None = "none",
///         /// Uniform from zero to the full pause.
///         Full = "full",
///     }
/// }
///
/// section! {
///     /// A part of the world.
///     pub struct Region {
///         /// Its name.
///         name: String, required, source "given";
///         /// Users who live there.
///         users: u64 = 1000, in 1..=1_000_000_000, unit "users", source "assumed";
///     }
/// }
///
/// section! {
///     /// The retries of a client.
///     pub struct Client {
///         /// Maximum pause.
///         cap: Span = "20m", in "1s"..="7d", source "fact 3.4";
///         /// The random part of each pause.
///         jitter: Jitter = "full", source "assumed";
///         /// Maximum rate of retries; no limit if not set.
///         limit: Option<Rate>, optional, source "assumed";
///         /// The regions of the clients.
///         region: Vec<Region>, tables;
///     }
/// }
///
/// assert_eq!(Client::default().cap.as_seconds(), 1_200.0);
/// ```
#[macro_export]
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $vis:vis struct $section:ident { $($body:tt)* }
    ) => {
        $crate::section! { @field [$($about)+] [$vis] $section [] $($body)* }
    };

    // There is a rule for each way to declare a field. Each rule removes one field from the
    // front and appends { docs, note for rustdoc, name, type, role, initial value, value if
    // absent, range, unit, source } to the result.
    (@field $head:tt $vis:tt $section:ident [$($done:tt)*]
        $(#[doc = $doc:literal])+
        $name:ident: $type:ty = $default:expr
        $(, in $low:literal ..= $high:literal)?
        $(, min $least:literal)?
        $(, unit $unit:literal)?
        , source $source:literal;
        $($rest:tt)*
    ) => {
        $crate::section! { @field $head $vis $section [$($done)* {
            [$($doc)+]
            [concat!(
                "\n\nDefault `", stringify!($default), "`"
                $(, ", from `", $low, "` to `", $high, "`")?
                $(, ", at least `", $least, "`")?
                $(, " ", $unit)?
                , ". Source: ", $source, "."
            )]
            $name [$type] Key
            [$crate::scenario::parameter::section::given::<$type>(
                stringify!($name), $crate::scenario::parameter::value::Value::from($default)
            )]
            [Default(|| $crate::scenario::parameter::section::shown::<$type>($crate::scenario::parameter::value::Value::from($default)))]
            [concat!("" $(, $low)? $(, $least)?)] [concat!("" $(, $high)?)]
            [concat!("" $(, $unit)?)] [$source]
        }] $($rest)* }
    };
    (@field $head:tt $vis:tt $section:ident [$($done:tt)*]
        $(#[doc = $doc:literal])+
        $name:ident: $type:ty, required
        $(, in $low:literal ..= $high:literal)?
        $(, min $least:literal)?
        $(, unit $unit:literal)?
        , source $source:literal;
        $($rest:tt)*
    ) => {
        $crate::section! { @field $head $vis $section [$($done)* {
            [$($doc)+]
            [concat!(
                "\n\nRequired"
                $(, ", from `", $low, "` to `", $high, "`")?
                $(, ", at least `", $least, "`")?
                $(, " ", $unit)?
                , ". Source: ", $source, "."
            )]
            $name [$type] Key
            [<$type as $crate::scenario::parameter::kinds::Parameter>::blank()]
            [Required]
            [concat!("" $(, $low)? $(, $least)?)] [concat!("" $(, $high)?)]
            [concat!("" $(, $unit)?)] [$source]
        }] $($rest)* }
    };
    (@field $head:tt $vis:tt $section:ident [$($done:tt)*]
        $(#[doc = $doc:literal])+
        $name:ident: $type:ty, optional
        $(, in $low:literal ..= $high:literal)?
        $(, min $least:literal)?
        $(, unit $unit:literal)?
        , source $source:literal;
        $($rest:tt)*
    ) => {
        $crate::section! { @field $head $vis $section [$($done)* {
            [$($doc)+]
            [concat!(
                "\n\nNot set by default"
                $(, ", from `", $low, "` to `", $high, "`")?
                $(, ", at least `", $least, "`")?
                $(, " ", $unit)?
                , ". Source: ", $source, "."
            )]
            $name [$type] Key
            [<$type as $crate::scenario::parameter::kinds::Parameter>::blank()]
            [Optional]
            [concat!("" $(, $low)? $(, $least)?)] [concat!("" $(, $high)?)]
            [concat!("" $(, $unit)?)] [$source]
        }] $($rest)* }
    };
    (@field $head:tt $vis:tt $section:ident [$($done:tt)*]
        $(#[doc = $doc:literal])+ $name:ident: $type:ty, section;
        $($rest:tt)*
    ) => {
        $crate::section! { @field $head $vis $section [$($done)* {
            [$($doc)+] ["\n\nA section."] $name [$type] Nested
            [<$type as $crate::scenario::parameter::section::Section>::fresh()]
            [Default(|| None)] [""] [""] [""] [""]
        }] $($rest)* }
    };
    (@field $head:tt $vis:tt $section:ident [$($done:tt)*]
        $(#[doc = $doc:literal])+ $name:ident: $type:ty, optional section;
        $($rest:tt)*
    ) => {
        $crate::section! { @field $head $vis $section [$($done)* {
            [$($doc)+] ["\n\nA section, absent by default."] $name [$type] Maybe
            [None]
            [Optional] [""] [""] [""] [""]
        }] $($rest)* }
    };
    (@field $head:tt $vis:tt $section:ident [$($done:tt)*]
        $(#[doc = $doc:literal])+ $name:ident: $type:ty, tables $(= $default:expr)?;
        $($rest:tt)*
    ) => {
        $crate::section! { @field $head $vis $section [$($done)* {
            [$($doc)+]
            [concat!("\n\nA list of sections" $(, ", by default `", stringify!($default), "`")?, ".")]
            $name [$type] Tables
            [None::<$type>$(.or_else(|| Some($default)))?.unwrap_or_default()]
            [Default(|| None)] [""] [""] [""] [""]
        }] $($rest)* }
    };

    (@field $head:tt $vis:tt $section:ident $done:tt
        $(#[doc = $doc:literal])* $name:ident: $($rest:tt)+
    ) => {
        compile_error!(concat!(
            "the key `", stringify!($name), "` of `", stringify!($section), "` needs a doc ",
            "comment and one of\n",
            "  name: Type = default [, in low..=high | , min low] [, unit \"u\"], source \"s\";\n",
            "  name: Type, required|optional [, in ..] [, unit ..], source \"s\";\n",
            "  name: Type, section|optional section|tables [= default];"
        ));
    };

    (@field [$($about:literal)+] [$vis:vis] $section:ident [$({
        [$($doc:literal)+] [$note:expr] $name:ident [$type:ty] $role:ident [$init:expr]
        [$($when_absent:tt)+] [$low:expr] [$high:expr] [$unit:expr] [$source:expr]
    })*]) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq)]
        $vis struct $section {
            $( $(#[doc = $doc])+ #[doc = $note] pub $name: $type, )*
        }

        impl Default for $section {
            fn default() -> Self {
                Self { $($name: $init,)* }
            }
        }

        impl $crate::scenario::parameter::section::Section for $section {
            fn about() -> &'static [&'static str] {
                &[$($about),+]
            }

            fn describe() -> &'static [$crate::scenario::parameter::form::Descriptor] {
                const { &[$($crate::scenario::parameter::form::Descriptor {
                    name: stringify!($name),
                    doc: &[$($doc),+],
                    form: <$crate::scenario::parameter::field::$role as $crate::scenario::parameter::field::Field<$type>>::FORM,
                    when_absent: $crate::scenario::parameter::form::WhenAbsent::$($when_absent)+,
                    range: ($low, $high),
                    unit: $unit,
                    source: $source,
                },)*] }
            }

            fn fresh() -> Self {
                Self::default()
            }

            fn descriptors(&self) -> &'static [$crate::scenario::parameter::form::Descriptor] {
                Self::describe()
            }

            fn get(&self, key: &str) -> Option<$crate::scenario::parameter::value::Value> {
                match key {
                    $(stringify!($name) =>
                        <$crate::scenario::parameter::field::$role as $crate::scenario::parameter::field::Field<$type>>::get(&self.$name),)*
                    _ => None,
                }
            }

            fn set(
                &mut self,
                key: &str,
                value: &$crate::scenario::parameter::value::Value,
            ) -> Result<(), $crate::scenario::parameter::value_error::ValueError> {
                $crate::scenario::parameter::section::check_value(Self::describe(), key, value)?;
                match key {
                    $(stringify!($name) =>
                        <$crate::scenario::parameter::field::$role as $crate::scenario::parameter::field::Field<$type>>::set(
                            &mut self.$name, value
                        ),)*
                    _ => Ok(()),
                }
            }

            fn sections(&self, name: &str) -> Vec<&dyn $crate::scenario::parameter::section::Section> {
                match name {
                    $(stringify!($name) =>
                        <$crate::scenario::parameter::field::$role as $crate::scenario::parameter::field::Field<$type>>::sections(
                            &self.$name
                        ),)*
                    _ => Vec::new(),
                }
            }

            fn section_mut(
                &mut self,
                name: &str,
                index: usize,
            ) -> Option<&mut dyn $crate::scenario::parameter::section::Section> {
                match name {
                    $(stringify!($name) =>
                        <$crate::scenario::parameter::field::$role as $crate::scenario::parameter::field::Field<$type>>::section_mut(
                            &mut self.$name, index
                        ),)*
                    _ => None,
                }
            }

            fn add_section(&mut self, name: &str) -> Option<&mut dyn $crate::scenario::parameter::section::Section> {
                match name {
                    $(stringify!($name) =>
                        <$crate::scenario::parameter::field::$role as $crate::scenario::parameter::field::Field<$type>>::add(
                            &mut self.$name
                        ),)*
                    _ => None,
                }
            }

            fn clear_sections(&mut self, name: &str) {
                match name {
                    $(stringify!($name) =>
                        <$crate::scenario::parameter::field::$role as $crate::scenario::parameter::field::Field<$type>>::clear(
                            &mut self.$name
                        ),)*
                    _ => {}
                }
            }

            fn reset(&mut self, name: &str) {
                let fresh = Self::default();
                match name {
                    $(stringify!($name) => self.$name = fresh.$name,)*
                    _ => {}
                }
            }
        }
    };
}

/// Declares an enum whose variants are names in a scenario.
#[macro_export]
macro_rules! choice {
    (
        $(#[doc = $about:literal])+
        $vis:vis enum $choice:ident {
            $($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $choice {
            $($(#[doc = $doc])+ #[doc = concat!("\n\nWritten `\"", $name, "\"`.")] $variant,)+
        }

        #[allow(dead_code, reason = "not every choice uses all functions")]
        impl $choice {
            /// Every choice, in the order of declaration.
            $vis const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in a scenario.
            $vis const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl std::fmt::Display for $choice {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl From<$choice> for $crate::scenario::parameter::value::Value {
            fn from(choice: $choice) -> Self {
                choice.name().into()
            }
        }

        impl $crate::scenario::parameter::kinds::Parameter for $choice {
            const FORM: $crate::scenario::parameter::form::Form = $crate::scenario::parameter::form::Form::Choice(&[
                $($crate::scenario::parameter::form::Choice { name: $name, doc: &[$($doc),+] }),+
            ]);

            fn blank() -> Self {
                Self::ALL[0]
            }

            fn read(
                value: &$crate::scenario::parameter::value::Value,
            ) -> Result<Self, $crate::scenario::parameter::value_error::ValueError> {
                match value {
                    $($crate::scenario::parameter::value::Value::Text(text) if text == $name => Ok(Self::$variant),)+
                    other => Err($crate::scenario::parameter::value_error::ValueError::new(other, Self::FORM.expected())),
                }
            }

            fn show(&self) -> Option<$crate::scenario::parameter::value::Value> {
                Some((*self).into())
            }
        }
    };
}
