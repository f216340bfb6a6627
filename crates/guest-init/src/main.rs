//! The init of this workspace's initramfs: says that the guest runs, runs one command, ends the machine.
//!
//! ```text
//! kernel ─▶ /init (PID 1)
//!            1 mounts   /proc /sys /dev /tmp                              mounts
//!            2 console  /dev/console as stdin, stdout, stderr if needed   console
//!            3 says     guest-init: ready release=…, guest-init: cmdline …
//!              guest-init: has … where guest-init.tell asks for it                   tell
//!            4 runs     the words of guest-init.run=, or /guest-init.job; reaps every child   run
//!            5 says     guest-init: run status=N
//!            6 ends     drain the console, sync, power off or restart     ending
//! ```
//!
//! Whoever watches the console judges the boot by those lines; [`boot_contract::guest`] defines them. A failure of
//! any step is said as `guest-init: error …`, and the machine ends all the same: a guest never waits for somebody to
//! look at it. The same binary serves as the init of a host of nested guests: its command is then a VMM.
//!
//! The initramfs needs this program as `/init`, nothing else: the directories are made here, and `/dev/console` is in
//! the kernel's built-in initramfs (`usr/default_cpio_list`). Built with `-C target-feature=+crt-static` the program
//! needs no library.
//!
//! Deliberately absent: a shell, services, networks, modules, a root file system to switch to.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "it is the first program of a guest: files and processes are its work"
)]

mod console;
mod ending;
mod mounts;
mod run;
mod tell;
mod terminal;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use boot_contract::guest::{GuestLine, asks_to_tell, machine_name, run_words};

use crate::console::Voice;
use crate::tell::Moment;

/// The exit code of a start as anything but PID 1.
const NOT_INIT: u8 = 2;

fn main() -> ExitCode {
    if std::process::id() != 1 {
        console::complain("guest-init is the first program of a guest: it runs as PID 1 or not at all");
        return ExitCode::from(NOT_INIT);
    }
    let mut voice = Voice::default();
    // A panic that left PID 1 would be a kernel panic, and nobody would learn the cause.
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| live(&mut voice))) {
        voice.say(&GuestLine::Error(format!("panic: {}", panic_text(&*panic))));
    }
    ending::end(&voice)
}

/// Does what the guest is there for; whatever fails is said and passed over.
fn live(voice: &mut Voice) {
    let mut failures: Vec<String> = mounts::mount_all().iter().map(ToString::to_string).collect();
    let cmdline = mounts::cmdline().unwrap_or_else(|error| {
        failures.push(error.to_string());
        String::new()
    });
    failures.extend(mounts::mount_folders(&cmdline).iter().map(ToString::to_string));
    if let Err(error) = voice.find(machine_name(&cmdline)) {
        failures.push(error.to_string());
    }
    for failure in failures {
        voice.say(&GuestLine::Error(failure));
    }
    let moment = asks_to_tell(&cmdline).then(Moment::now);
    voice.say(&GuestLine::Ready { release: release() });
    voice.say(&GuestLine::Cmdline(cmdline.clone()));
    if let Some(moment) = moment {
        tell::tell(voice, &moment);
    }

    let words = run_words(&cmdline);
    let ended = match run::job() {
        _ if !words.is_empty() => run::run(&words),
        Ok(None) => return,
        Ok(Some(job)) => run::run_job(&job, voice),
        Err(error) => Err(error),
    };
    voice.say(&match ended {
        Ok(status) => GuestLine::RunStatus(status),
        Err(error) => GuestLine::Error(error.to_string()),
    });
}

fn release() -> String {
    rustix::system::uname().release().to_string_lossy().into_owned()
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without words")
}
