//! Our side of a server: `kconf` that parses once and runs many times.
//!
//! Requests are those of `oracle.c`, with the command line (in spaces) as the first of the words.

use std::fs::File;
use std::io::{self, BufRead as _, Write as _};
use std::os::fd::AsFd as _;
use std::path::Path;

use super::ProbeLog;
use crate::conf;
use crate::disk::Disk;
use crate::options::{self, Mode, Options};

/// What a run that panics ends with.
const PANICKED: i32 = 101;

/// Serves until there are no more requests.
pub(crate) fn serve(log: &Path, kconfig: &str, said_in: &Path) -> io::Result<()> {
    let log = ProbeLog::load(log)?;
    let requests = io::BufReader::new(File::from(io::stdin().as_fd().try_clone_to_owned()?));
    let mut replies = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    redirect(&said_in.join("parse.stdout"), &said_in.join("parse.stderr"))?;
    let mut disk = Disk::replaying(log);
    let Ok(loaded) = conf::load(&disk, kconfig) else { return Ok(()) };
    io::stdout().flush()?;
    for line in requests.lines() {
        let line = line?;
        let mut fields = line.split('\t');
        let [Some(id), Some(folder), Some(_), Some(arguments)] = std::array::from_fn(|_| fields.next())
        else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let arguments: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
        let served = |options: &Options| options.mode != Mode::Random;
        let Some(options) = options::parse("conf", &arguments).ok().filter(served) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let variables: Vec<(&str, &str)> = fields.filter_map(|field| field.split_once('=')).collect();
        let folder = Path::new(folder);
        std::env::set_current_dir(folder.join("work"))?;
        redirect(&folder.join("stdout"), &folder.join("stderr"))?;
        for (name, value) in &variables {
            disk.set(name, Some(value));
        }
        let status = run(&loaded, &options, &disk);
        for (name, _) in &variables {
            disk.set(name, None);
        }
        io::stdout().flush()?;
        writeln!(replies, "{id} {status}")?;
    }
    Ok(())
}

/// One run; a panic is its end alone.
fn run(loaded: &kconfig_host::Loaded, options: &Options, disk: &Disk) -> i32 {
    let run = || conf::run_on(loaded, options, disk).map_or_else(|ended| ended.0, |()| 0);
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_or(PANICKED)
}

fn redirect(stdout: &Path, stderr: &Path) -> io::Result<()> {
    rustix::stdio::dup2_stdout(File::create(stdout)?)?;
    rustix::stdio::dup2_stderr(File::create(stderr)?)?;
    Ok(())
}
