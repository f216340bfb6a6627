//! The differential harness: a tree's own `conf` and ours on the same inputs, every byte compared.
//!
//! ```text
//! options ─▶ oracle   conf is built, its probes are recorded once for each architecture (log)
//!             └─▶ target   servers of both sides: parsed once, run many times (server, worker, oracle.c)
//!                   └─▶ cases, inputs   the steps of a case, from its kind and seed
//!                         └─▶ step      one run on a side: exit, streams, every file, which ones were written
//!                               └─▶ compare ─▶ one line for each step that differs; both sides are kept
//! ```
//!
//! `conf` is never changed: a library that is preloaded answers its probes from the log and lets it fork behind the
//! parser, where it waits for a run to do. Every sixteenth case (`--processes`) goes through processes of its own
//! instead, on both sides, as a user's would; of those, the served `conf` is compared with the process, so that the
//! servers themselves are tested. With `--live` everything does, and probes run.
//!
//! Invariants: a case is determined by tree, architecture, kind, seed and `--share`. Nothing is written outside the folder of
//! `--folder`.
//!
//! Deliberately absent: what is wrong. That is for whoever reads the two folders.

mod cases;
mod compare;
mod grammar;
mod inputs;
mod log;
mod options;
mod oracle;
mod report;
mod server;
mod small;
mod step;
mod target;
mod unusual;
mod worker;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use fastrand::Rng;
use kconfig::model::{self, ChoiceRules, Rules};
use kconfig::syntax::{self, Dialect};

use crate::disk::Disk;
use cases::Maker;
use grammar::Era;
use inputs::Known;
use options::{Kind, Options};
use oracle::{Oracle, Probes, Target};
use report::{Difference, Report};
use small::SmallCase;
use step::Step;
use target::{Bench, Way};

pub(crate) use log::ProbeLog;
pub(crate) use worker::serve;

/// Set by an interrupt: cases that are under way end, others do not begin.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Runs the harness; differences are exit code 1.
pub(crate) fn main(args: Vec<OsString>) -> ExitCode {
    let options = match options::parse(args) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{}", options::USAGE);
            return ExitCode::SUCCESS;
        }
        Err(what) => {
            eprint!("error: {what}\n\n{}", options::USAGE);
            return ExitCode::from(2);
        }
    };
    let _ = ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed));
    match run(&options) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(what) => {
            eprintln!("error: {what}");
            ExitCode::from(2)
        }
    }
}

/// Runs everything; how many steps differ.
fn run(options: &Options) -> Result<u64, String> {
    let said = |error: std::io::Error| error.to_string();
    std::fs::create_dir_all(&options.folder).map_err(said)?;
    let folder = options.folder.canonicalize().map_err(said)?;
    let scratch = folder.join(format!("run-{}", std::process::id()));
    let report = Report::new(options, folder.join("differences"));
    for tree in &options.trees {
        let oracle = Oracle::prepare(tree, &folder)?;
        for arch in &options.arches {
            if INTERRUPTED.load(Ordering::Relaxed) {
                break;
            }
            let target = oracle.target(*arch, options.record)?;
            run_target(options, target, &scratch, &report)?;
        }
    }
    if !options.keep {
        let _ = std::fs::remove_dir_all(&scratch);
    }
    Ok(report.summary())
}

fn run_target(options: &Options, target: Target, scratch: &Path, report: &Report) -> Result<(), String> {
    let said = |error: std::io::Error| error.to_string();
    let symbols = symbols(&target)?;
    let read = |path: &std::path::PathBuf| std::fs::read(path);
    let defconfigs: Vec<Vec<u8>> =
        target.defconfigs().and_then(|paths| paths.iter().map(read).collect()).map_err(said)?;
    let probes = if options.live { Probes::Live } else { Probes::Replayed };
    let disk = Disk::replaying(target.log.clone());
    let era = match Rules::of(&disk)?.choice {
        ChoiceRules::Symbol => Era::Symbol,
        ChoiceRules::List => Era::List,
    };
    let bench = Bench::new(target, scratch.to_owned(), probes, era);
    let config = |step: Step| bench.config(&step);
    let maker = Maker::new(&symbols, &defconfigs, &config);
    let mut queue = Vec::new();
    for kind in BTreeSet::from_iter(options.kinds.iter().copied()) {
        let seeds: Vec<u64> = match maker.count(kind) {
            Some(count) => (0..count).collect(),
            None => options.seeds.clone(),
        };
        queue.extend(seeds.into_iter().map(|seed| (kind, seed)));
    }
    let shares: Vec<_> = queue.chunks(usize::try_from(options.share).unwrap_or(1)).collect();
    let next = AtomicUsize::new(0);
    let failed = std::thread::scope(|scope| {
        let work = || -> std::io::Result<()> {
            // Each thread makes its own cases: what a maker calls is not shared.
            let config = |step: Step| bench.config(&step);
            let maker = Maker::new(&symbols, &defconfigs, &config);
            // Neighbours are one thread's, so that what they share is made once.
            let mut run = |(kind, seed): &(Kind, u64)| {
                run_case(&maker, &bench, *kind, *seed, options, report).map_err(|error| {
                    let case = format!("{} {} seed {seed}", bench.target.name(), kind.name());
                    std::io::Error::new(error.kind(), format!("{case}: {error}"))
                })
            };
            while let Some(cases) = shares.get(next.fetch_add(1, Ordering::Relaxed)) {
                let mut cases = cases.iter().take_while(|_| !INTERRUPTED.load(Ordering::Relaxed));
                cases.try_for_each(&mut run)?;
            }
            Ok(())
        };
        let threads: Vec<_> = (0..options.jobs).map(|_| scope.spawn(work)).collect();
        threads.into_iter().find_map(|thread| match thread.join() {
            Ok(done) => done.err().map(said),
            Err(_) => Some("a thread panicked".to_owned()),
        })
    });
    failed.map_or(Ok(()), Err)
}

fn run_case(
    maker: &Maker<'_>,
    bench: &Bench,
    kind: Kind,
    seed: u64,
    options: &Options,
    report: &Report,
) -> std::io::Result<()> {
    let arch = oracle::fnv(bench.target.arch.name().as_bytes());
    let seeded = |seed: u64| Rng::with_seed(u64::from(arch) << 32 ^ seed << 3 ^ kind as u64);
    let mut rng = seeded(seed);
    if kind == Kind::Small {
        return run_small(bench, seed, &mut rng, options, report);
    }
    let shared = (options.share > 1).then(|| seeded(seed - seed % options.share));
    let steps = maker.steps(kind, seed, &mut rng, shared);
    let folder = bench.folder()?;
    let (theirs, ours, served) = (folder.join("theirs"), folder.join("ours"), folder.join("served"));
    // A tree of its own is not what the servers have parsed.
    let own_tree = kind == Kind::Unusual;
    let whole = (seed % options.processes == options.processes - 1 || options.live) && !own_tree;
    for (index, step) in steps.iter().take(options.steps).enumerate() {
        if crate::options::parse("conf", &step.arguments()).is_err() {
            report.absent(step.mode);
            for side in [&theirs, &ours, &served] {
                step.put(&side.join("work"))?;
            }
            continue;
        }
        // `randconfig` says its seed before it parses, so that no server can; our server has no standard input.
        let alone = whole || own_tree || step.mode == "randconfig";
        let way = |alone| if alone { Way::Process } else { Way::Served };
        let their = bench.theirs(step, way(alone), &theirs)?;
        let our = bench.ours(step, way(alone || step::asks(step.mode)), &ours)?;
        let mut found = compare::differences(&their, &our);
        if whole && !options.live && step.mode != "randconfig" {
            let again = bench.theirs(step, Way::Served, &served)?;
            let endless = their.outcome.is_endless() && again.outcome.is_endless();
            let between = if endless { Vec::new() } else { compare::differences(&their, &again) };
            found.extend(between.into_iter().map(|what| format!("served conf and its process: {what}")));
        } else if whole {
            // What a later step finds there.
            their.put(&served.join("work"))?;
        }
        report.compared(step.mode);
        if their.outcome.is_endless() {
            report.endless();
        }
        if !found.is_empty() {
            let target = &bench.target;
            let (found, theirs, ours) = (&found[..], &their, &our);
            report.difference(&Difference { target, kind, seed, index, step, found, theirs, ours })?;
        }
    }
    report.ended(kind);
    if options.keep { Ok(()) } else { std::fs::remove_dir_all(folder) }
}

/// A small tree; where it differs, the smallest one that differs in the same way is what is reported.
fn run_small(
    bench: &Bench,
    seed: u64,
    rng: &mut Rng,
    options: &Options,
    report: &Report,
) -> std::io::Result<()> {
    let case = SmallCase::new(rng, bench.era);
    let mode = case.step.mode;
    if crate::options::parse("conf", &case.step.arguments()).is_err() {
        report.absent(mode);
        return Ok(());
    }
    let folder = bench.folder()?;
    if !small::run(&case, bench, &folder)?.found.is_empty() {
        let smallest = small::shrink(case, bench, &folder)?;
        let small::Difference { step, theirs, ours, found } = small::run(&smallest, bench, &folder)?;
        let (target, kind) = (&bench.target, Kind::Small);
        let (step, found, theirs, ours) = (&step, &found[..], &theirs, &ours);
        report.difference(&Difference { target, kind, seed, index: 0, step, found, theirs, ours })?;
    }
    report.compared(mode);
    report.ended(Kind::Small);
    if options.keep { Ok(()) } else { std::fs::remove_dir_all(folder) }
}

/// The symbols that lines are made of.
fn symbols(target: &Target) -> Result<Vec<Known>, String> {
    let disk = Disk::replaying(target.log.clone());
    let ast = syntax::parse(&disk, "Kconfig", Dialect::of(&disk)?)
        .map_err(|_| format!("`{}` does not parse", target.name()))?;
    Ok(inputs::known(&model::build(&ast, Rules::of(&disk)?)))
}
