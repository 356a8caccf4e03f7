//! JUnit XML for pipelines: a suite with a case for each expectation.

use std::path::Path;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::{
    host::{escape, limited_read},
    store::atomic_file::Existing,
};

/// The name of the report that holds the suite.
const REPORT: &str = "patchday";
/// The largest file that is examined, in bytes.
const MOST: u64 = 16 << 20;

/// What happens to an existing file at `path` when a run with this suite has ended: it is replaced
/// with `force`, and if a resumed run wrote it before.
pub(crate) fn existing(path: &Path, suite: &str, force: bool, resumed: bool) -> Existing {
    Existing::with_force(force || (resumed && is_of(path, suite)))
}

/// Whether a file holds a suite of this name that this program wrote.
fn is_of(path: &Path, suite: &str) -> bool {
    let Ok(text) = limited_read::whole(path, MOST) else {
        return false;
    };
    let (text, empty) = (String::from_utf8_lossy(&text), xml(suite, &[]));
    let name = |xml: &str, element: &str| {
        let (_, rest) = xml.split_once(&format!("<{element} name=\""))?;
        Some(rest.split_once('"')?.0.to_owned())
    };
    empty.is_ok_and(|own| {
        ["testsuites", "testsuite"]
            .iter()
            .all(|element| name(&own, element).is_some_and(|of| Some(of) == name(&text, element)))
    })
}

/// An expectation and its verdict.
pub(crate) struct Case<'a> {
    pub(crate) name: &'a str,
    pub(crate) criterion: &'a str,
    /// Why the expectation is not met; `None` if it is met.
    pub(crate) fault: Option<&'a str>,
}

/// A suite of cases as XML. Control characters of names are shown as escapes, because XML
/// cannot hold them.
///
/// # Errors
/// Returns an error if the XML cannot be written.
pub(crate) fn xml(suite: &str, cases: &[Case<'_>]) -> Result<String, quick_junit::SerializeError> {
    let suite = escape::line(suite);
    let mut all = TestSuite::new(suite.as_str());
    for case in cases {
        let status = case.fault.map_or_else(TestCaseStatus::success, |fault| {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(escape::line(case.criterion));
            status.set_description(escape::line(fault));
            status
        });
        let mut entry = TestCase::new(escape::line(case.name), status);
        entry.set_classname(suite.as_str());
        all.add_test_case(entry);
    }
    let mut report = Report::new(REPORT);
    report.add_test_suite(all);
    report.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_file_of_the_same_run_is_replaced_when_it_is_resumed() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("j.xml");
        assert_eq!(existing(&path, "a & b", false, true), Existing::Kept);
        std::fs::write(&path, xml("a & b", &[]).unwrap()).unwrap();
        assert_eq!(existing(&path, "a & b", false, true), Existing::Replaced);
        assert_eq!(existing(&path, "a & b", false, false), Existing::Kept);
        assert_eq!(existing(&path, "other", false, true), Existing::Kept);
        std::fs::write(&path, "mine").unwrap();
        assert_eq!(existing(&path, "a & b", false, true), Existing::Kept);
        assert_eq!(existing(&path, "a & b", true, false), Existing::Replaced);
    }
}
