//! Checks of the declarations of a scenario's keys, for tests.

use crate::scenario::parameter::{
    form::{Descriptor, Form},
    section::Section,
};

/// Checks the declarations below a root section, for tests. Returns the faults: a default out of
/// range, a bound without the form of its key, a name that is declared twice, a missing doc
/// comment.
pub fn faults<S: Section>() -> Vec<String> {
    let mut faults = Vec::new();
    find_faults("", S::describe(), &mut faults);
    faults
}

fn find_faults(path: &str, descriptors: &[Descriptor], faults: &mut Vec<String>) {
    for (position, key) in descriptors.iter().enumerate() {
        let path = format!("{path}{}", key.name);
        if descriptors[..position]
            .iter()
            .any(|other| other.name == key.name)
        {
            faults.push(format!("{path}: declared twice"));
        }
        if key.text().is_empty() {
            faults.push(format!("{path}: has no doc comment"));
        }
        let scalar = key.form.element();
        for bound in [key.range.0, key.range.1] {
            let known = scalar
                .read_bare(bound)
                .is_some_and(|v| scalar.magnitude(&v).is_some());
            if !bound.is_empty() && !known {
                faults.push(format!(
                    "{path}: the bound {bound} is not {}",
                    scalar.expected()
                ));
            }
        }
        if let Some(Err(error)) = key.default_value().map(|value| key.check(&value)) {
            faults.push(format!("{path}: default {error}"));
        }
        if let Form::Section { keys, .. } | Form::Tables { keys, .. } = key.form {
            find_faults(&format!("{path}."), keys(), faults);
        }
    }
}
