//! The figures of a run, a row each, with shorter forms for narrow terminals.

use ratatui::style::Style;

use crate::host::format::{duration, grouped, memory, moment_at, short};

use crate::watch::{
    status::run_view::{Cost, RunState, RunView},
    tui::row_writer::{RowWriter, width},
};

/// Simulated time, progress in percent, and the time left.
pub(crate) fn time(writer: &mut RowWriter<'_>, view: &RunView) {
    let percent = format!("{:.0} %", (view.done() * 100.0).floor());
    let time = moment_at(view.time(), view.tick);
    let time = match view.state {
        RunState::Preparing => return writer.text("creating the actors", Style::new()),
        _ => format!("{time} UTC"),
    };
    let long = match view.cost {
        None => String::new(),
        Some(cost) => {
            let after = duration(cost.elapsed_s);
            match cost.left_s {
                Some(left) => format!("  {} left, after {after}", duration(left)),
                None => format!("  after {after}"),
            }
        }
    };
    let left = view.cost.and_then(|cost| cost.left_s);
    let short = left.map_or_else(String::new, |left| format!("  {} left", duration(left)));
    let available = writer.width();
    let bar = available.saturating_sub(width(&time) + width(&percent) + width(&long) + 6);
    let full = (view.done() * bar as f64) as usize;
    let bar = format!("[{}{}]", "=".repeat(full), " ".repeat(bar - full));
    // The shortest form has the day of the week and the hour.
    let words: Vec<&str> = time.split(' ').collect();
    let hour = format!("{} {}", words[0], words[words.len().saturating_sub(2)]);
    let mut forms = vec![format!("{time}  {bar}  {percent}{long}")];
    if bar.len() < 6 {
        forms.clear();
    }
    forms.extend([
        format!("{time}  {percent}{long}"),
        format!("{time}  {percent}{short}"),
        format!("{hour}  {percent}{short}"),
        format!("{hour}  {percent}"),
    ]);
    writer.fitting(&forms, Style::new());
}

/// A share in percent: a decimal only below 1 %.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        0.0 => "0 %".into(),
        percent if percent < 1.0 => format!("{percent:.1} %"),
        percent => format!("{percent:.0} %"),
    }
}

/// Users online.
pub(crate) fn online(writer: &mut RowWriter<'_>, view: &RunView) {
    let (Some(last), Some(share)) = (view.series.last, view.share()) else {
        let none = ["no sample yet".to_owned()];
        return writer.figure("online", &none, &none);
    };
    let (users, norm) = (short(last.online as f64), short(last.norm as f64));
    let share = percent(share);
    let long = format!("{users} users, {share} of the norm of {norm}");
    let least = view.series.turning_points.least().map(|(least, tick)| {
        let time = moment_at(view.start + i64::from(tick), view.tick);
        format!("{long}; least {} at {time}", percent(least))
    });
    let mut named: Vec<String> = least.into_iter().collect();
    named.push(long);
    let bare = [
        format!("online {users}, {share} of the norm"),
        format!("{users} online, {share}"),
    ];
    writer.figure("online", &named, &bare);
}

/// Supernodes, and users who wait to log in.
pub(crate) fn core(writer: &mut RowWriter<'_>, view: &RunView) {
    let Some(last) = view.series.last else {
        writer.row += 1;
        return;
    };
    let queue = short(last.login_queue as f64);
    let longest = match last.login_wait as f64 / 1_000.0 {
        seconds if seconds < 10.0 => format!("{seconds:.1} s"),
        seconds => duration(seconds),
    };
    let log_ins = format!("{queue} waiting, {longest} at the fullest server");
    let brief = format!("logins waiting {queue}, {longest}");
    if !view.overlay {
        return writer.figure("logins", &[log_ins], &[brief]);
    }
    let supernodes = short(last.supernodes as f64);
    let all = match last.mega_supernodes {
        0 => supernodes.clone(),
        mega => format!("{supernodes}, {} of them mega", grouped(mega)),
    };
    let named = [
        format!("{all:<24}  logins  {log_ins}"),
        format!("{all:<24}  logins  {queue} waiting, {longest}"),
        format!("{supernodes:<8}  logins  {queue} waiting, {longest}"),
    ];
    let bare = [
        format!("supernodes {supernodes}, {brief}"),
        format!("supernodes {supernodes}, logins {queue}"),
        format!("supernodes {supernodes}"),
    ];
    writer.figure("supernodes", &named, &bare);
}

/// Speed and memory.
pub(crate) fn speed(writer: &mut RowWriter<'_>, cost: Option<Cost>) {
    let Some(cost) = cost else {
        writer.row += 1;
        return;
    };
    let events = format!("{} events/s", short(cost.events_per_s.round()));
    let simulated = cost.simulated_s_per_wall_s.round().max(0.0) as u64;
    let memory = cost
        .memory
        .map_or_else(|| "memory unknown".to_owned(), memory);
    if cost.events_per_s == 0.0 {
        return writer.figure("speed", &[format!("not known yet, {memory}")], &[memory]);
    }
    let named = [
        format!(
            "{events}, {} simulated seconds a second, {memory}",
            grouped(simulated)
        ),
        format!("{events}, {memory}"),
    ];
    let bare = [format!("{events}, {memory}"), events];
    writer.figure("speed", &named, &bare);
}
