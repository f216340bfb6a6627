//! Tests with the real `make`.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::{Jobserver, JobserverError};
use crate::cancel::Cancel;
use crate::fs::{self, tests::scratch};
use crate::process::Command;

fn pool(jobs: usize) -> Jobserver {
    Jobserver::new(NonZeroUsize::new(jobs).unwrap()).unwrap()
}

#[test]
fn a_token_is_given_back_and_waited_for() {
    let pool = pool(1);
    let cancel = Cancel::new();
    let token = pool.acquire(&cancel).unwrap();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| pool.acquire(&cancel).map(drop));
        crate::clock::sleep(Duration::from_millis(100));
        assert!(!waiter.is_finished());
        drop(token);
        waiter.join().unwrap().unwrap();
    });
}

#[test]
fn a_cancelled_waiter_takes_no_token_with_it() {
    let pool = pool(1);
    let token = pool.acquire(&Cancel::new()).unwrap();
    let cancel = Cancel::new();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| pool.acquire(&cancel).map(drop));
        crate::clock::sleep(Duration::from_millis(50));
        cancel.request();
        assert!(matches!(waiter.join().unwrap(), Err(JobserverError::Cancelled)));
    });
    drop(token);
    // The abandoned request may fetch the token first; it must come back.
    for _ in 0..3 {
        drop(pool.acquire(&Cancel::new()).unwrap());
    }
}

/// Eight recipes; each notes how many run while it runs.
const MAKEFILE: &str = "
all: 1 2 3 4 5 6 7 8
%:
\t@mkdir $(RUNNING)/$(NAME).$@
\t@sleep 0.05
\t@ls $(RUNNING) | wc -l
\t@rmdir $(RUNNING)/$(NAME).$@
.PHONY: all
";

/// Runs two `make`s at once under one pool; returns the most recipes that ran at once, and what was said beside.
fn most_at_once(jobs: usize) -> (usize, String) {
    let dir = scratch();
    fs::write_atomic(&dir.path().join("Makefile"), MAKEFILE.as_bytes()).unwrap();
    let running = dir.path().join("running");
    fs::create_dir_all(&running).unwrap();
    let pool = pool(jobs);
    let run = |name: &str| {
        let cancel = Cancel::new();
        let _token = pool.acquire(&cancel).unwrap();
        let mut make = Command::new("make");
        make.current_dir(dir.path()).arg(format!("RUNNING={running}")).arg(format!("NAME={name}"));
        // What an outer make would leave behind: a pipe that is not open here.
        make.env("MAKEFLAGS", "-j8 --jobserver-auth=98,99").env("MAKELEVEL", "3");
        pool.configure(&mut make);
        make.checked_output(&cancel).unwrap()
    };
    let outputs = std::thread::scope(|scope| {
        let makes = ["a", "b"].map(|name| scope.spawn(move || run(name)));
        makes.map(|make| make.join().unwrap())
    });
    let counts = outputs.iter().flat_map(|output| output.stdout.lines());
    let counts: Vec<usize> = counts.map(|line| line.trim().parse().unwrap()).collect();
    assert_eq!(counts.len(), 16);
    let most = counts.into_iter().max().unwrap();
    (most, outputs.map(|output| output.stderr).concat())
}

#[test]
fn two_makes_never_run_more_recipes_than_the_pool_has_tokens() {
    if Command::new("make").arg("--version").output(&Cancel::new()).is_err() {
        println!("skipped: no `make` on this machine");
        return;
    }
    // The pool is used whole and not exceeded, and no make complains of it.
    assert_eq!(most_at_once(1), (1, String::new()));
    assert_eq!(most_at_once(2), (2, String::new()));
    let (most, said) = most_at_once(4);
    assert!((3..=4).contains(&most), "{most}");
    assert_eq!(said, "");
}

#[test]
fn the_pipe_is_open_in_the_configured_child_alone() {
    if !cfg!(target_os = "linux") {
        println!("skipped: the list of open files is known on Linux only");
        return;
    }
    let pool = pool(2);
    let pipes = |configured: bool| {
        let mut list = Command::new("ls");
        list.args(["-l", "/proc/self/fd"]);
        if configured {
            pool.configure(&mut list);
        }
        let listed = list.checked_output(&Cancel::new()).unwrap().stdout;
        listed.lines().filter(|line| line.contains("-> pipe:")).count()
    };
    // Whoever started this process may have left pipes open in it, too.
    assert_eq!(pipes(true), pipes(false) + 2);
}
