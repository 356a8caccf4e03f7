//! JUnit XML for pipelines: a suite with a case for each expectation.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::host::escape;

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
    let mut report = Report::new("patchday");
    report.add_test_suite(all);
    report.to_string()
}
