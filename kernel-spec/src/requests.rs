//! The requests of a kernel's layers: from fragments, from `[config]`, from `local-version`.

use std::sync::Arc;

use kconfig::{DotConfig, FragmentError, Origin, Request, Symbol, Value, fragment};

use crate::{Diagnostic, KernelEntry, Location, SourceText};

/// The requests of a fragment, in the order of its lines.
///
/// # Errors
/// Every line that is wrong.
pub fn fragment_requests(source: &Arc<SourceText>) -> Result<Vec<Request>, Vec<Diagnostic>> {
    let lines = fragment::parse(&source.text).map_err(|errors| diagnostics(source, errors))?;
    Ok(lines.into_iter().map(|line| Request::from_assignment(line, &source.path)).collect())
}

/// Parses a complete `.config` that is a kernel's base.
///
/// # Errors
/// Every line that is wrong.
pub fn parse_base(source: &Arc<SourceText>) -> Result<DotConfig, Vec<Diagnostic>> {
    DotConfig::parse(&source.text).map_err(|errors| diagnostics(source, errors))
}

fn diagnostics(source: &Arc<SourceText>, errors: Vec<FragmentError>) -> Vec<Diagnostic> {
    let at = |error: FragmentError| Diagnostic {
        message: error.to_string(),
        location: Some(Location { source: source.clone(), span: error.span.clone() }),
        label: String::new(),
        hint: error.hint(),
    };
    errors.into_iter().map(at).collect()
}

/// The requests that a kernel's own table makes: `local-version`, then `[config]`.
///
/// `mod2yes` is not applied: it holds for fragments too, and is the merger's.
pub fn config_requests(kernel: &KernelEntry) -> Vec<Request> {
    let origin = |location: &Option<Location>| match location {
        Some(location) => location.origin(),
        None => Origin { path: String::new(), line: 0, column: 0 },
    };
    let local_version = kernel.local_version.as_ref().and_then(|text| {
        let symbol = Symbol::new("LOCALVERSION").ok()?;
        Some(Request {
            symbol,
            value: Value::Text(text.value.as_str().into()),
            origin: origin(&text.location),
        })
    });
    let config = kernel.config.iter().map(|entry| {
        let (symbol, value) = entry.value.clone();
        Request { symbol, value, origin: origin(&entry.location) }
    });
    local_version.into_iter().chain(config).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Arch, KernelSpec, SpecContext};

    fn source(path: &str, text: &str) -> Arc<SourceText> {
        Arc::new(SourceText { path: path.into(), text: text.into() })
    }

    #[test]
    fn a_kernels_own_requests() {
        let text = "schema = 1\n[source.s]\npath = \"linux\"\n[kernel.k]\nsource = \"s\"\nlocal-version = \"-k\"\n\
                    [kernel.k.config]\nSMP = true\nCONFIG_NR_CPUS = 0x10\nCMDLINE = \"a \\\"b\\\"\"\nNET = \"n\"\nBIG = 1_000\n";
        let context = SpecContext { host_arch: Some(Arch::X86_64) };
        let spec = KernelSpec::parse(source("Kernel.toml", text), &context).expect("a manifest");
        let requests = spec.kernels.values().flat_map(config_requests);
        let shown = requests.map(|r| format!("{r} {}:{}\n", r.origin, r.origin.column)).collect::<String>();
        insta::assert_snapshot!(shown, @r#"
        CONFIG_LOCALVERSION="-k" Kernel.toml:6:17
        CONFIG_SMP=y Kernel.toml:8:7
        CONFIG_NR_CPUS=0x10 Kernel.toml:9:18
        CONFIG_CMDLINE="a \"b\"" Kernel.toml:10:11
        CONFIG_NET=n Kernel.toml:11:7
        CONFIG_BIG=1000 Kernel.toml:12:7
        "#);
    }

    #[test]
    fn a_fragments_errors_point_into_it() {
        let errors = fragment_requests(&source(
            "virtio.config",
            "CONFIG_A=y\nCONFIG_B = y\n#CONFIG_C is not set\nCONFIG_D=ttyS0\n",
        ))
        .expect_err("three wrong lines");
        insta::assert_snapshot!(errors.iter().map(Diagnostic::to_plain_text).collect::<Vec<_>>().join("\n"), @r#"
        error: blanks around `=`
         --> virtio.config:2:9
        2 | CONFIG_B = y
          |         ^^^
        hint: write `CONFIG_B=y`

        error: this comment looks like a request for `n` and is none
         --> virtio.config:3:1
        3 | #CONFIG_C is not set
          | ^^^^^^^^^^^^^^^^^^^^
        hint: write `# CONFIG_C is not set` or `CONFIG_C=n`, alone on its line; if it is a comment, use other words

        error: `ttyS0` is not a value: expected `y`, `m`, `n`, a number or a string in `"`
         --> virtio.config:4:10
        4 | CONFIG_D=ttyS0
          |          ^^^^^
        hint: write `"ttyS0"` for a string
        "#);
    }
}
