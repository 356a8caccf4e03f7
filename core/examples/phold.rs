//! PHOLD at a given size: `phold ACTORS THREADS MEAN_DELAY`.
use patchday_core::{Engine, Settings, phold::Phold};
use std::time::Instant;
fn main() {
    let args: Vec<f64> = std::env::args()
        .skip(1)
        .map(|a| a.parse().unwrap())
        .collect();
    let (actors, threads, mean) = (args[0] as u32, args[1] as usize, args[2]);
    let mut settings = Settings::new(actors, 1, threads);
    if let Some(s) = args.get(3) {
        settings.shards = *s as usize;
    }
    let t = Instant::now();
    let mut engine = Engine::new(Phold::new(actors, mean), (), settings).unwrap();
    println!("create {:?}", t.elapsed());
    engine.run_until(mean as u32 * 2).unwrap();
    let (t, before) = (Instant::now(), engine.handled());
    engine.run_until(mean as u32 * 5).unwrap();
    let n = engine.handled() - before;
    println!(
        "{:.1} M events/s",
        n as f64 / t.elapsed().as_secs_f64() / 1e6
    );
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak: f64 = status
        .lines()
        .find(|l| l.starts_with("VmHWM"))
        .unwrap()
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    println!(
        "{:.1} B per actor, digest {:016x}",
        peak * 1024.0 / f64::from(actors),
        engine.digest()
    );
}
