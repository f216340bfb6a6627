//! `state.json`: what a kernel's last run left for the next one.
//!
//! A memo, never the truth: each entry says under which key it holds, and a missing or unreadable file costs time and
//! nothing else. Files are recognised by their length, time, inode and device, as a shortcut to a digest that was
//! computed before; a file that differs in any of them is read again.

use kernel_host::AbsPath;
use kernel_host::env::Env;
use kernel_host::fs::{self, FsError, Stat};
use kernel_plan::{Part, RequestKey};
use kernel_spec::ToolchainName;
use serde::{Deserialize, Serialize};

use crate::configure::Configured;
use crate::patch::PatchPart;
use crate::record::PartRecord;
use crate::source::SourceTree;
use crate::toolchain::Toolchain;

const FORMAT: u32 = kernel_plan::FORMAT;

/// The memo of one kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct State {
    format: u32,
    /// The last configure that passed every check.
    pub(crate) configured: Option<ConfiguredMemo>,
    /// The base's `.config`, by what it depends on.
    pub(crate) base: Option<BaseMemo>,
    /// The files of the artifact, as they were when it was stored.
    pub(crate) stored: Vec<FileMemo>,
    /// The VMMs that the artifact was judged for, and with which images.
    #[serde(default)]
    pub(crate) judged: Option<Vec<String>>,
    /// What the object tree was made from: another tree does not go into it.
    pub(crate) objtree: Option<String>,
    /// Where the object tree was when it was last used: it may have been moved.
    #[serde(default)]
    pub(crate) place: Option<String>,
    /// Files of a tree that somebody edits which changed since the artifact was built: objects of theirs are not believed.
    #[serde(default)]
    pub(crate) suspects: Vec<String>,
    /// How many lines make says about a whole build.
    pub(crate) objects: Option<u64>,
    /// What the toolchain said about itself.
    pub(crate) toolchain: Option<ToolchainMemo>,
}

/// What a toolchain said about itself, and by what it is recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct ToolchainMemo {
    /// The compiler's first line.
    pub(crate) compiler: String,
    /// Everybody's.
    pub(crate) identity: String,
    /// What the manifest calls it.
    #[serde(default)]
    name: Option<String>,
    variables: Vec<(String, String)>,
    programs: Vec<(String, Option<FileMemo>)>,
}

/// The programs by which a toolchain is recognised, beside those that variables name.
const PROGRAMS: [&str; 8] = ["make", "gmake", "cc", "gcc", "clang", "ld", "as", "ar"];

impl ToolchainMemo {
    pub(crate) fn new(
        toolchain: &Toolchain,
        name: Option<&ToolchainName>,
        env: &Env,
    ) -> Result<Self, FsError> {
        let variables = variables(env);
        let mut names: Vec<String> = PROGRAMS.map(str::to_owned).into();
        let vars = toolchain.make_vars();
        let values = variables
            .iter()
            .map(|(_, value)| value.as_str())
            .chain(vars.iter().filter_map(|v| Some(v.split_once('=')?.1)));
        for word in values.flat_map(str::split_ascii_whitespace) {
            // `CROSS_COMPILE` is a prefix; everything else here is a command.
            let tools = if word.ends_with('-') { vec!["gcc", "ld", "as"] } else { vec![""] };
            names.extend(tools.into_iter().map(|tool| format!("{word}{tool}")));
        }
        names.extend(toolchain.compilers().map(str::to_owned));
        names.extend(toolchain.tools().map(|(_, tool)| tool));
        let programs = names
            .into_iter()
            .map(|name| Ok((program(&name, env)?, name)))
            .collect::<Result<Vec<_>, FsError>>()?;
        Ok(Self {
            compiler: toolchain.identity.compiler.clone(),
            identity: toolchain.identity.to_string(),
            name: name.map(ToString::to_string),
            variables,
            programs: programs.into_iter().map(|(memo, name)| (name, memo)).collect(),
        })
    }

    /// Whether the same variables lead to the same files.
    pub(crate) fn holds(&self, name: Option<&ToolchainName>, env: &Env) -> bool {
        self.name == name.map(ToString::to_string)
            && self.variables == variables(env)
            && self.programs.iter().all(|(name, memo)| program(name, env).is_ok_and(|now| now == *memo))
    }
}

/// The variables by which a toolchain is chosen.
fn variables(env: &Env) -> Vec<(String, String)> {
    let of = |(name, value): (&std::ffi::OsStr, &std::ffi::OsStr)| {
        let name = name.to_str()?;
        let chooses = matches!(name, "PATH" | "CC" | "TARGET_CC" | "HOST_CC" | "CROSS_COMPILE")
            || name.starts_with("CC_");
        chooses.then(|| (name.to_owned(), value.to_string_lossy().into_owned()))
    };
    env.vars().filter_map(of).collect()
}

fn program(name: &str, env: &Env) -> Result<Option<FileMemo>, FsError> {
    // Behind links: `/usr/bin/cc` stays when the compiler that it leads to is replaced.
    let found = env.find_program(name).and_then(|path| fs::canonicalize(&path).ok());
    found.map(|path| FileMemo::new(&path.to_string(), &path)).transpose()
}

/// A configure that passed every check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct ConfiguredMemo {
    key: Vec<PartRecord>,
    /// SHA-256 of the resolved `.config`.
    pub(crate) config: String,
    /// The kernelversion of the tree.
    pub(crate) kernelversion: String,
    /// The kernelrelease.
    pub(crate) release: String,
    /// The same digest, without what the machine's answers alone decide.
    #[serde(default)]
    pub(crate) stable: Option<String>,
    /// What a strict base does not name.
    #[serde(default)]
    pub(crate) new_symbols: Vec<String>,
    /// Name and file of each patch that was applied, in order.
    #[serde(default)]
    pub(crate) patches: Vec<String>,
}

/// A base's `.config` that make has made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct BaseMemo {
    /// SHA-256 of what it depends on.
    pub(crate) key: String,
    /// SHA-256 of its text.
    pub(crate) config: String,
}

/// A file that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct FileMemo {
    /// Its name, or its path.
    pub(crate) name: String,
    len: u64,
    mtime_ns: i64,
    inode: u64,
    dev: u64,
}

impl ConfiguredMemo {
    pub(crate) fn new(key: &RequestKey, configured: &Configured, tree: &SourceTree) -> Self {
        Self {
            key: key.parts().iter().map(PartRecord::from).collect(),
            config: configured.digest.to_string(),
            kernelversion: tree.version.kernelversion.clone(),
            release: configured.release.text.clone(),
            stable: configured.stable.map(|digest| digest.to_string()),
            new_symbols: configured.new_symbols.clone(),
            patches: tree.patches.iter().map(PatchPart::label).collect(),
        }
    }

    pub(crate) fn request_key(&self) -> RequestKey {
        RequestKey::from_parts(self.key.iter().map(Part::from).collect())
    }
}

impl FileMemo {
    pub(crate) fn new(name: &str, path: &AbsPath) -> Result<Self, FsError> {
        let Stat { len, mtime_ns, inode, dev, .. } = fs::stat(path)?;
        Ok(Self { name: name.to_owned(), len, mtime_ns, inode, dev })
    }

    /// Whether the file is the one that was looked at.
    pub(crate) fn holds(&self, path: &AbsPath) -> bool {
        Self::new(&self.name, path).is_ok_and(|now| now == *self)
    }
}

impl State {
    /// Reads the memo; an empty one where there is none that this tool understands.
    pub(crate) fn read(path: &AbsPath) -> Self {
        let text = fs::read_to_string(path).unwrap_or_default();
        let state: Option<Self> = serde_json::from_str(&text).ok();
        state.filter(|state| state.format == FORMAT).unwrap_or(Self { format: FORMAT, ..Self::default() })
    }

    /// Writes the memo.
    pub(crate) fn write(&self, path: &AbsPath) -> Result<(), FsError> {
        // A value of plain strings and numbers always has a JSON form.
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        fs::write_atomic(path, text.as_bytes())
    }
}
