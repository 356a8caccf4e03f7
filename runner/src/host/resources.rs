//! Resources of the machine: threads and memory that this process can use. Memory is in bytes.
//!
//! Limits of control groups (both versions), affinity and `ulimit -v` are respected. Everything is
//! read from files of Linux; on other systems the amounts are unknown (`None`).

use std::{fs, path::Path};

use patchday_core::Settings;

use crate::host::ranks::cluster::cluster;

/// The number of threads that can run at once: processors within affinity and the quota of the
/// control group, divided among the processes that share a run on this machine; at least 1.
pub(crate) fn threads() -> usize {
    let all = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let processes = cluster().map_or(1, |cluster| cluster.on_this_machine);
    (all / processes).max(1)
}

/// A warning if more threads were requested than can run at once.
pub(crate) fn warn_of_threads(asked: usize) -> Option<String> {
    let available = threads();
    (asked > available).then(|| {
        format!(
            "warning: {asked} threads requested, but only {available} can run at once \
             (processors, affinity or control group); the results are the same"
        )
    })
}

/// The requested numbers of threads and shards. No result depends on them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MachineSettings {
    /// Threads; by default all that are available.
    pub(crate) threads: Option<u32>,
    /// Shards; by default as many as the engine is fastest with.
    pub(crate) shards: Option<u32>,
}

/// The numbers of threads and shards of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Workers {
    /// Threads.
    pub(crate) threads: usize,
    /// Shards.
    pub(crate) shards: usize,
}

impl Workers {
    /// The requested numbers; by default all available threads, and two shards for each of several
    /// threads, so that an idle thread takes over work of a busy one.
    pub(crate) fn new(settings: MachineSettings) -> Self {
        let threads = settings.threads.map_or_else(threads, |n| n as usize);
        let shards = settings.shards;
        let shards = shards.map_or(Settings::default_shards(threads), |n| n as usize);
        Self { threads, shards }
    }

    /// The same, with at least as many shards as so many threads have by default, unless the number was
    /// requested.
    pub(crate) fn with_shards_of(settings: MachineSettings, threads: usize) -> Self {
        let mut workers = Self::new(settings);
        if settings.shards.is_none() {
            workers.shards = workers.shards.max(Settings::default_shards(threads));
        }
        workers
    }

    /// A warning if some threads cannot run at the same time or have no shard.
    pub(crate) fn warn(self) -> Option<String> {
        let Self { threads, shards } = self;
        warn_of_threads(threads).or_else(|| {
            (shards < threads)
                .then(|| format!("warning: {threads} threads requested, but only {shards} shards"))
        })
    }
}

/// The memory that this process can still use with `workers` threads: the least of what the
/// machine has available and what each limit leaves. `None` if unknown.
pub(crate) fn memory_available(workers: usize) -> Option<u64> {
    let all = workers + threads() + OTHER_THREADS;
    let address_space = address_space_left(all);
    [memory_left(), address_space].into_iter().flatten().min()
}

/// The same without the limit of address space.
pub(crate) fn memory_left() -> Option<u64> {
    let machine = field("/proc/meminfo", "MemAvailable:");
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let group = groups_left(&groups, Path::new("/sys/fs/cgroup"));
    [machine, group].into_iter().flatten().min()
}

/// The peak resident memory of this process.
pub(crate) fn peak_resident() -> Option<u64> {
    field("/proc/self/status", "VmHWM:")
}

/// The resident memory of this process.
pub(crate) fn resident() -> Option<u64> {
    field("/proc/self/status", "VmRSS:")
}

/// The signals that this process ignores: signal `n` is bit `n - 1`. 0 if unknown.
pub(crate) fn ignored_signals() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

/// A field of a file of the form `Name:   123 kB`.
fn field(file: &str, name: &str) -> Option<u64> {
    kilobytes(&fs::read_to_string(file).ok()?, name)
}

fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let number = line.trim().strip_suffix("kB")?.trim();
    number.parse::<u64>().ok()?.checked_mul(1024)
}

/// Threads other than those that run the simulation or compress a checkpoint.
const OTHER_THREADS: usize = 3;
/// Address space that every thread reserves: its stack and a heap of the allocator (measured: 75
/// to 85 MiB).
const ADDRESSES_PER_THREAD: u64 = 88 << 20;
/// Address space of the program itself, and of the files it reads.
const OWN_ADDRESSES: u64 = 64 << 20;

/// The addresses of the stack of a thread, in bytes.
const STACK: u64 = 2 << 20;

/// The address space that `ulimit -v` leaves to a program with `threads` threads. An allocation
/// beyond it aborts the program, so the reservations of threads are counted before they start.
fn address_space_left(threads: usize) -> Option<u64> {
    let limit = address_space_limit()?;
    // The allocator may have reserved nearly all addresses; a stack needs new ones.
    let mapped = field("/proc/self/status", "VmSize:").unwrap_or(0);
    if limit.saturating_sub(mapped) < threads as u64 * STACK {
        return Some(0);
    }
    let used = resident().unwrap_or(0) + OWN_ADDRESSES;
    Some(limit.saturating_sub(used + threads as u64 * ADDRESSES_PER_THREAD))
}

/// The limit of the address space of this process; `None` if there is none, or if it is unknown.
pub(crate) fn address_space_limit() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let mut lines = limits.lines();
    let line = lines.find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The memory that the control groups of this process and their ancestors leave.
///
/// `groups` is the text of `/proc/self/cgroup`: lines `id:controllers:path`,
/// where an empty list of controllers means version 2. In a container the path
/// can lie outside the mount; then the root of the mount is the group of this process.
fn groups_left(groups: &str, mount: &Path) -> Option<u64> {
    let mut least: Option<u64> = None;
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else {
            continue;
        };
        let (root, limit, usage) = if controllers.is_empty() {
            (mount.to_owned(), "memory.max", "memory.current")
        } else if controllers.split(',').any(|name| name == "memory") {
            let root = mount.join("memory");
            (root, "memory.limit_in_bytes", "memory.usage_in_bytes")
        } else {
            continue;
        };
        let below = root.join(path.trim_start_matches('/'));
        let around = below.ancestors().take_while(|at| at.starts_with(&root));
        let left = around.filter_map(|group| group_left(group, limit, usage));
        least = least.into_iter().chain(left).min();
    }
    least
}

/// The memory that one control group leaves. Inactive page cache counts as free.
fn group_left(group: &Path, limit: &str, usage: &str) -> Option<u64> {
    let read = |name: &str| fs::read_to_string(group.join(name)).ok();
    let limit = read(limit)?.trim().parse::<u64>().ok()?;
    let usage = read(usage)?.trim().parse::<u64>().ok()?;
    let stat = read("memory.stat").unwrap_or_default();
    let cached = stat
        .lines()
        .find_map(|line| line.strip_prefix("inactive_file "))
        .and_then(|number| number.trim().parse::<u64>().ok())
        .unwrap_or(0);
    Some(limit.saturating_sub(usage.saturating_sub(cached)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_least_one_thread_is_available() {
        assert!(threads() >= 1);
        assert_eq!(warn_of_threads(1), None);
        assert!(warn_of_threads(100_000).is_some());
    }

    #[test]
    fn fields_of_the_process() {
        let text = "Name:\tx\nVmHWM:\t   1692 kB\nVmRSS:\t 12 kB\n";
        assert_eq!(kilobytes(text, "VmHWM:"), Some(1692 * 1024));
        assert_eq!(kilobytes(text, "VmRSS:"), Some(12 * 1024));
        assert_eq!(kilobytes(text, "VmSwap:"), None);
        assert_eq!(kilobytes("VmHWM: many kB", "VmHWM:"), None);
    }

    /// A directory with the files of a control group.
    fn group(root: &Path, path: &str, files: &[(&str, &str)]) {
        let directory = root.join(path);
        fs::create_dir_all(&directory).unwrap();
        for (name, text) in files {
            fs::write(directory.join(name), text).unwrap();
        }
    }

    #[test]
    fn the_tightest_group_of_version_2_limits() {
        let mount = tempfile::tempdir().unwrap();
        let root = mount.path();
        group(
            root,
            "a",
            &[("memory.max", "1000\n"), ("memory.current", "400\n")],
        );
        group(
            root,
            "a/b",
            &[("memory.max", "max\n"), ("memory.current", "300\n")],
        );
        assert_eq!(groups_left("0::/a/b\n", root), Some(600));
        let files = [
            ("memory.max", "900\n"),
            ("memory.current", "800\n"),
            ("memory.stat", "anon 5\ninactive_file 300\n"),
        ];
        group(root, "a/b", &files);
        assert_eq!(groups_left("0::/a/b\n", root), Some(400));
    }

    #[test]
    fn version_1_and_a_path_outside_of_the_container() {
        let mount = tempfile::tempdir().unwrap();
        let files = [
            ("memory.limit_in_bytes", "5000"),
            ("memory.usage_in_bytes", "1000"),
        ];
        group(mount.path(), "memory", &files);
        let groups = "9:name=systemd:/\n4:memory:/elsewhere/id\n0::/\nnonsense\n";
        assert_eq!(groups_left(groups, mount.path()), Some(4000));
        assert_eq!(groups_left("", mount.path()), None);
    }
}
