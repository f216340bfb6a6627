//! kbuild's own files, written by the engine, so that make has no reason to run the tree's `conf`.
//!
//! ```text
//! <objtree>/.config                       the resolved one
//! <objtree>/include/config/auto.conf.cmd  what auto.conf was made from: Kconfig files, variables and their values
//! <objtree>/include/config/NAME           touched for each symbol that changed: objects depend on them
//! <objtree>/include/generated/autoconf.h, rustc_cfg
//! <objtree>/include/config/auto.conf      last: without it make does it all again
//! ```
//!
//! make compares times: `auto.conf` must not be older than `.config` and the Kconfig files, and the rest not older than
//! `.config`. It compares the variables that `auto.conf.cmd` lists with its own, too. Where all of it holds, nothing is
//! written: a file with a new time would have objects compiled again for nothing.
//!
//! Invariant: what is written is what `conf --syncconfig` writes; tests compare the two.

use kconfig::config_file::{Inputs, config, generated, touched};
use kernel_host::AbsPath;
use kernel_host::fs::{self, FsError};

use crate::configure::ConfigureError;
use crate::error::BuildError;
use crate::resolve::{self, Mode, PREFIX, Resolver};
use crate::verify;

const AUTO_CONF: &str = "include/config/auto.conf";

/// What there is to write.
struct Files {
    /// The `.config` as make would have it.
    config: Vec<u8>,
    /// The four files, `auto.conf` last.
    texts: [(String, Vec<u8>); 4],
    touched: Vec<String>,
}

/// Makes an object tree ready for make.
pub(crate) fn sync(objtree: &AbsPath, resolver: &Resolver, resolved: &str) -> Result<(), BuildError> {
    let old = fs::read(&objtree.join(AUTO_CONF)).ok();
    let files = files(resolver, resolved, old.as_deref())?;
    // What make would make of it is known now, and not after an hour of compiling.
    verify::check_config(resolved, &String::from_utf8_lossy(&files.config))?;
    Ok(write(objtree, resolver, resolved, &files)?)
}

fn files(resolver: &Resolver, resolved: &str, old: Option<&[u8]>) -> Result<Files, BuildError> {
    let model = resolver.model();
    let inputs = Inputs { auto_conf: AUTO_CONF, files: &model.files, env: resolver.variables() };
    let made = resolve::deep(|| {
        let (mut evaluator, _) = resolver.evaluator(Mode::Answers, ".config", resolved.as_bytes());
        let config = config(&mut evaluator, PREFIX);
        let touched = touched(&mut evaluator, AUTO_CONF, old, PREFIX);
        let texts = generated(&mut evaluator, PREFIX);
        let file = |name: &str, text: Vec<u8>| (name.to_owned(), text);
        let texts = [
            file("include/config/auto.conf.cmd", inputs.auto_conf_cmd(model.rules.commands)),
            file("include/generated/autoconf.h", texts.autoconf_h),
            file("include/generated/rustc_cfg", texts.rustc_cfg),
            file(AUTO_CONF, texts.auto_conf),
        ];
        Files { config, texts, touched: touched.names.iter().map(ToString::to_string).collect() }
    });
    Ok(made.map_err(ConfigureError::from)?)
}

fn write(objtree: &AbsPath, resolver: &Resolver, resolved: &str, files: &Files) -> Result<(), FsError> {
    let config = objtree.join(".config");
    let same = |path: &AbsPath, text: &[u8]| fs::read(path).is_ok_and(|there| there == text);
    if !same(&config, resolved.as_bytes()) {
        fs::write_atomic(&config, resolved.as_bytes())?;
    } else if files.texts.iter().all(|(name, text)| same(&objtree.join(name), text))
        && is_newer(objtree, resolver, &config)?
    {
        return Ok(());
    }
    for folder in ["include/config", "include/generated"] {
        fs::create_dir_all(&objtree.join(folder))?;
    }
    let [cmd, others @ ..] = &files.texts;
    fs::write_atomic(&objtree.join(&cmd.0), &cmd.1)?;
    for name in &files.touched {
        // Emptied again: its time is all that it is for, and nobody misses it after a crash that also loses auto.conf.
        drop(fs::create(&objtree.join("include/config").join(name))?);
    }
    for (name, text) in others {
        fs::write_atomic(&objtree.join(name), text)?;
    }
    Ok(())
}

/// Whether the files are not older than what they were made from.
fn is_newer(objtree: &AbsPath, resolver: &Resolver, config: &AbsPath) -> Result<bool, FsError> {
    let of_config = fs::mtime_nanos(config)?;
    let of_files =
        ["include/config/auto.conf.cmd", "include/generated/autoconf.h", "include/generated/rustc_cfg"];
    for name in of_files {
        if fs::mtime_nanos(&objtree.join(name))? < of_config {
            return Ok(false);
        }
    }
    let of_auto_conf = fs::mtime_nanos(&objtree.join(AUTO_CONF))?;
    let newer = |name: &str| {
        let path = resolver.srctree().join(name);
        // A file that is not there (any more) is a reason to make them anew.
        !fs::mtime_nanos(&path).is_ok_and(|time| time <= of_auto_conf)
    };
    Ok(of_config <= of_auto_conf && !resolver.model().files.iter().any(|name| newer(&name.to_string())))
}
