//! placeholder
pub mod parameter;
pub mod quantity;
