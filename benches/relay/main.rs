//! `make bench`: the agent's budgets, measured on the real binary beside a bare read/write server (the floor).
//!
//! Absolute figures are this machine's; the ratios are taken from pairs of runs, floor and agent in turn.

mod load;
mod server;
mod subscriber;
mod table;

use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use server::{Folder, Server};
use subscriber::Subscriber;
use table::Table;

/// A part of the bench; it adds its rows to the table.
type Part = fn(&mut Table) -> Outcome<()>;
type Outcome<T> = Result<T, Box<dyn Error>>;

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);
const PACED: Duration = Duration::from_secs(5);
const PACED_PER_SECOND: u64 = 5_000;
const STARTS: usize = 20;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == "--floor") {
        return server::serve_floor();
    }
    // `cargo test --benches` runs this as a test: nothing is timed there.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let parts: [(&str, Part); 5] = [
        ("throughput", throughput),
        ("latency", latency),
        ("memory", memory),
        ("start", start_up),
        ("size", size),
    ];
    // `cargo bench --bench relay -- memory` measures that part alone.
    let named = |name: &str| arguments.iter().any(|argument| argument == name);
    let all = !parts.iter().any(|(name, _)| named(name));
    let mut table = Table::default();
    for (_, part) in parts.iter().filter(|(name, _)| all || named(name)) {
        part(&mut table)?;
    }
    table.print();
    Ok(())
}

fn throughput(table: &mut Table) -> Outcome<()> {
    let folder = Folder::new()?;
    let (floor, agent) = (Server::floor()?, Server::agent(&folder)?);
    let subscriber = Subscriber::start(&folder, Instant::now())?;
    subscriber.join_stream(&agent)?;
    let (mut cpu_ratio, mut rate_ratio, mut rates, mut costs) = (vec![], vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        let (floor_count, floor_cpu) = load::round(&floor, 8, ROUND)?;
        let (agent_count, agent_cpu) = load::round(&agent, 8, ROUND)?;
        let cost = |cpu: Duration, count: u64| cpu.as_secs_f64() * 1e6 / count as f64;
        cpu_ratio.push(cost(agent_cpu, agent_count) / cost(floor_cpu, floor_count));
        rate_ratio.push(agent_count as f64 / floor_count as f64);
        costs.push(cost(agent_cpu, agent_count));
        rates.push(agent_count as f64 / ROUND.as_secs_f64());
    }
    subscriber.finish()?;
    let note = format!("{:.1} µs, {:.0}/s", median(&mut costs), median(&mut rates));
    table.most("CPU per webhook, agent ÷ floor, 8 connections", median(&mut cpu_ratio), 1.5, "×", &note);
    table.least("throughput, agent ÷ floor, 8 connections", median(&mut rate_ratio), 0.7, "×", "");
    Ok(())
}

fn latency(table: &mut Table) -> Outcome<()> {
    let folder = Folder::new()?;
    let agent = Server::agent(&folder)?;
    let epoch = Instant::now();
    let subscriber = Subscriber::start(&folder, epoch)?;
    subscriber.join_stream(&agent)?;
    let before = subscriber.received();
    let (sent, rate) = load::paced(&agent, epoch, PACED_PER_SECOND, PACED)?;
    server::wait_until(|| subscriber.received() >= before + sent)?;
    let mut ages = subscriber.finish()?;
    ages.sort_unstable();
    let at = |share: f64| ages[((ages.len() - 1) as f64 * share) as usize] as f64 / 1000.0;
    let note = format!("{sent} events at {rate:.0}/s");
    table.most("latency POST → subscriber, p50", at(0.5), 150.0, "µs", &note);
    table.most("latency POST → subscriber, p99", at(0.99), 1000.0, "µs", "");
    Ok(())
}

fn memory(table: &mut Table) -> Outcome<()> {
    let folder = Folder::new()?;
    let agent = Server::agent(&folder)?;
    let idle = agent.resident()?;
    let subscriber = Subscriber::start(&folder, Instant::now())?;
    subscriber.join_stream(&agent)?;
    load::round(&agent, 64, ROUND)?;
    let loaded = agent.resident()?;
    subscriber.finish()?;
    table.most("resident memory, idle (relay mode)", idle as f64 / 1024.0, 5.0, "MiB", "");
    table.most("resident memory, load of 64 connections", loaded as f64 / 1024.0, 10.0, "MiB", "");
    Ok(())
}

fn start_up(table: &mut Table) -> Outcome<()> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let folder = Folder::new()?;
        let before = Instant::now();
        let agent = Server::agent(&folder)?;
        times.push(before.elapsed().as_secs_f64() * 1e3);
        drop(agent);
        // The next start is not to pay for the end of this one.
        thread::yield_now();
    }
    table.most("process start → listening", median(&mut times), 10.0, "ms", &format!("median of {STARTS}"));
    Ok(())
}

fn size(table: &mut Table) -> Outcome<()> {
    let bytes = std::fs::metadata(server::AGENT)?.len();
    let note = if cfg!(feature = "demo") { "with `demo`: the budget is for the binary without" } else { "" };
    table.most("stripped release binary", bytes as f64 / 1e6, 3.0, "MB", note);
    Ok(())
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
