//! Where a workspace is looked for, when the person says where.

use kernel_build::workspace::MANIFEST;
use kernel_host::AbsPath;
use kernel_host::env::Env;
use kernel_host::fs;

use crate::error::Error;

/// Where a workspace is looked for, and where it is built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// A `Kernel.toml`, or a `Cargo.toml`; absent: searched from the current directory upward.
    pub manifest_path: Option<AbsPath>,
    /// cargo's target directory; absent: where cargo puts it.
    pub target_dir: Option<AbsPath>,
}

/// Variables with a path that is relative to the current directory.
const PATHS: [&str; 4] = ["KERNEL_CACHE_DIR", "CARGO_HOME", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"];

impl Places {
    /// The environment of somebody who stands beside the manifest and has said where to build.
    ///
    /// A workspace is found from a directory upward, so that `--manifest-path` is a directory to begin in; paths in
    /// variables keep their meaning. cargo's own builds get the same target directory, from the same variable.
    pub(crate) fn environment(&self, env: &Env) -> Result<Env, Error> {
        if self == &Self::default() {
            return Ok(env.clone());
        }
        let mut from = env.current_dir().clone();
        if let Some(manifest) = &self.manifest_path {
            let is_one =
                matches!(manifest.file_name(), Some(MANIFEST | "Cargo.toml")) && fs::is_file(manifest);
            from = manifest.parent().filter(|_| is_one).ok_or_else(|| Error::NoManifest(manifest.clone()))?;
        }
        let absolute = PATHS.into_iter().filter_map(|name| {
            let value = env.get_filled(name)?;
            Some((name.into(), env.current_dir().join(value).as_path().into()))
        });
        let target_dir = self.target_dir.iter().map(|dir| ("CARGO_TARGET_DIR".into(), dir.as_path().into()));
        let vars = env.vars().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let vars: Vec<(std::ffi::OsString, std::ffi::OsString)> =
            vars.chain(absolute).chain(target_dir).collect();
        Ok(Env::from_vars(vars, from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> AbsPath {
        AbsPath::new(text).expect("an absolute path")
    }

    #[test]
    fn who_says_where_keeps_the_rest() {
        let env = Env::from_vars(
            [("KERNEL_CACHE_DIR", "cache"), ("CARGO_TARGET_DIR", "out"), ("A", "b")],
            path("/w"),
        );
        let places = Places { target_dir: Some(path("/elsewhere")), ..Places::default() };
        let found = places.environment(&env).expect("places");
        let vars = ["KERNEL_CACHE_DIR", "CARGO_TARGET_DIR", "A"].map(|name| found.get(name));
        assert_eq!(vars, [Some("/w/cache"), Some("/elsewhere"), Some("b")]);
        assert_eq!(found.current_dir(), &path("/w"));

        let nothing = Places { manifest_path: Some(path("/no/such/Kernel.toml")), ..Places::default() };
        let error = nothing.environment(&env).expect_err("nothing there");
        insta::assert_snapshot!(error, @"`/no/such/Kernel.toml` is no manifest: expected the path of a `Kernel.toml` or a `Cargo.toml`");
    }
}
