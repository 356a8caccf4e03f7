//! Files of sweeps that keep series: the columns of a run, and bands.

use std::path::Path;

use crate::{
    experiment::{
        storage::kept_store::KeptStore,
        sweep::bands::{HEADER, PointBand},
    },
    fuzzing::assertions::{damaged, placed, text},
    results::samples::KeptSeries,
    store::checksummed_json::{Form, add_checksum, to_text},
};

/// The kept series of a run, as it is and with a valid checksum.
pub fn kept(bytes: &[u8]) {
    let store = KeptStore::new(Path::new("/nowhere"), "0123456789abcdef", &[]);
    let part_of = store.part_of(0);
    let read = |bytes: &[u8]| store.read(0, bytes);
    let sealed = text(bytes).and_then(|text| add_checksum(text, Form::Line, &part_of));
    let sealed = sealed.unwrap_or_default();
    let Some(kept) = read(bytes).or_else(|| read(sealed.as_bytes())) else {
        return;
    };
    let names: Vec<String> = kept.columns.iter().map(|one| one.name.clone()).collect();
    if kept.is_of(&names) {
        let whole = |sample: usize| kept.columns.iter().all(|one| one.cell(sample).is_some());
        assert!((0..kept.ticks.len()).all(whole));
        for band in PointBand::all(0, &[kept.clone(), kept.clone()]) {
            assert!(
                band.quantiles
                    .iter()
                    .flatten()
                    .all(|value| value.is_finite())
            );
        }
    }
    let Ok(printed) = to_text(&kept, Form::Line, &part_of) else {
        panic!("a series that cannot be written");
    };
    assert_eq!(read(printed.as_bytes()).as_ref(), Some(&kept));
    for bad in damaged(printed.as_bytes(), bytes) {
        assert_eq!(read(&bad), None);
    }
}

/// A table of bands.
pub fn bands(bytes: &[u8]) {
    let bands = match PointBand::read(bytes) {
        Ok(bands) => bands,
        Err(what) => return placed(&what),
    };
    let mut out = csv::Writer::from_writer(Vec::new());
    let headed = out.write_record(HEADER);
    let written = bands.iter().try_for_each(|band| band.write(&mut out));
    assert!(headed.is_ok() && written.is_ok());
    let again = PointBand::read(out.into_inner().unwrap_or_default().as_slice());
    assert_eq!(again, Ok(bands));
}

/// A series of two columns, as [`kept`] reads it.
pub(crate) fn kept_seeds() -> Vec<Vec<u8>> {
    use patchday_agents::metrics::cell::Cell;
    let names = ["online".to_owned(), "login_wait_s".to_owned()];
    let mut kept = KeptSeries::new(&names);
    for sample in 1..=20 {
        let value = u64::from(sample) * 7_919 % 100;
        let cells = [Cell::Count(value), Cell::Thousandths(value * 1_000)];
        kept.add(60 * sample, cells.into_iter());
    }
    let text = serde_json::to_string(&kept).unwrap_or_default();
    vec![text.into_bytes()]
}

/// Tables of bands.
pub(crate) fn band_seeds() -> Vec<Vec<u8>> {
    let rows = "0,online,60,5,1,2,3,4,5\n0,online,120,5,1,2,3.5,4,5\n1,norm,60,4,0,0,0,0,0\n";
    vec![format!("{}\n{rows}", HEADER.join(",")).into_bytes()]
}
