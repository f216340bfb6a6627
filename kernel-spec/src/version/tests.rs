//! Versions in order, and what requirements admit.

use proptest::prelude::*;

use super::*;

fn version(text: &str) -> KernelVersion {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn kernelversion_has_three_numbers() {
    for (text, kernelversion) in [
        ("6.12", "6.12.0"),
        ("6.12-rc3", "6.12.0-rc3"),
        ("6.12.30", "6.12.30"),
        ("6.12.30-rt11", "6.12.30-rt11"),
        ("6.12.0-rc3-next-20241014+deb13", "6.12.0-rc3-next-20241014+deb13"),
    ] {
        assert_eq!(version(text).to_string(), text);
        assert_eq!(version(text).kernelversion(), kernelversion);
    }
}

#[test]
fn versions_are_ordered() {
    let ordered = [
        "2.6.32.5",
        "5.19",
        "6.9",
        "6.12-rc1",
        "6.12-rc3",
        "6.12.0-rc3",
        "6.12-rc3-rt1",
        "6.12-rc10",
        "6.12",
        "6.12.0",
        "6.12-custom",
        "6.12-rt2",
        "6.12.1",
        "6.12.30-rc1",
        "6.12.30",
        "6.12.30-rt2",
        "6.12.30-rt11",
        "6.12.31",
        "6.13-rc1",
        "6.13",
        "10.0",
    ];
    for pair in ordered.windows(2) {
        assert!(version(pair[0]) < version(pair[1]), "{} < {}", pair[0], pair[1]);
    }
}

#[test]
fn other_texts_are_no_versions() {
    let texts = [
        "",
        "6",
        "6.",
        "6.12.",
        ".6",
        "v6.12",
        "06.12",
        "6.012",
        "6.12 ",
        "6.12-",
        "6.12.x y",
        "6.99999999999",
        "6.12.30é",
    ];
    for text in texts {
        assert_eq!(text.parse::<KernelVersion>(), Err(VersionError(text.to_owned())), "{text}");
    }
    insta::assert_snapshot!(VersionError("v6.12".into()), @"`v6.12` is not a kernel version: expected `6.12`, `6.12-rc3`, `6.12.30` or `6.12.30-rt11`");
}

#[test]
fn reads_a_makefile() {
    let makefile = "# SPDX-License-Identifier: GPL-2.0\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\nEXTRAVERSION = -rc3\n\
                    NAME = Baby Opossum Posse\nKERNELVERSION = $(VERSION)\n";
    assert_eq!(KernelVersion::from_makefile(makefile), Ok(version("6.12.0-rc3")));
    let error = KernelVersion::from_makefile("VERSION = 6\n").expect_err("no patchlevel");
    insta::assert_snapshot!(error, @"the Makefile does not set `PATCHLEVEL`");
    let error =
        KernelVersion::from_makefile("VERSION = 6\nPATCHLEVEL=x\nSUBLEVEL=\n").expect_err("no version");
    insta::assert_snapshot!(error, @"`6.x` is not a kernel version: expected `6.12`, `6.12-rc3`, `6.12.30` or `6.12.30-rt11`");
}

/// The table in the module's documentation, and more.
#[test]
fn requirements_match() {
    const VERSIONS: [&str; 7] = ["6.12-rc3", "6.12", "6.12.30", "6.12.30-rt11", "6.12.31", "6.13-rc1", "7.0"];
    for (requirement, expect) in [
        ("6.12", "yyyyy.."),
        ("~6.12", "yyyyy.."),
        ("= 6.12", "yyyyy.."),
        ("6.12.*", "yyyyy.."),
        ("6.12.30", "..yyy.."),
        ("~6.12.30", "..yyy.."),
        ("=6.12.30", "..y...."),
        ("=6.12.30-rt11", "...y..."),
        ("=6.12.0", ".y....."),
        ("=6.12-rc3", "y......"),
        ("6.12-rc3", "yyyyy.."),
        (">=6.12", "yyyyyyy"),
        (">6.12", ".....yy"),
        ("<=6.12", "yyyyy.."),
        ("<6.12", "......."),
        (">=6.6, <6.13", "yyyyy.."),
        (">=6.12.0", ".yyyyyy"),
        (">6.12.30", "...yyyy"),
        ("<6.12.30", "yy....."),
        ("<6.12.0", "......."),
        ("<6.13.0", "yyyyy.."),
        ("<6.13-rc2", "yyyyyy."),
        ("^6.6", "yyyyyy."),
        ("^6.12.31", "....yy."),
        ("6", "yyyyyy."),
        ("~6", "yyyyyy."),
        ("6.*", "yyyyyy."),
        ("6.*.*", "yyyyyy."),
        (">6", "......y"),
        ("*", "yyyyyyy"),
    ] {
        let parsed: VersionReq = requirement.parse().unwrap_or_else(|error| panic!("{error}"));
        let found: String =
            VERSIONS.iter().map(|text| if parsed.matches(&version(text)) { 'y' } else { '.' }).collect();
        assert_eq!(found, expect, "{requirement} on {VERSIONS:?}");
        assert_eq!(parsed.to_string(), requirement);
    }
}

#[test]
fn other_texts_are_no_requirements() {
    let errors = [
        "",
        "6.12,",
        "6.x",
        "latest",
        ">=6.*",
        "=*",
        "6.12.30.*",
        "6.12-rc3.*",
        ">",
        "==6.12",
        "v6.12",
        "6.12 6.13",
        "*.12",
    ];
    let errors = errors.map(|text| match text.parse::<VersionReq>() {
        Ok(parsed) => panic!("{text:?} parses as {parsed:?}"),
        Err(error) => format!("{error}\n"),
    });
    insta::assert_snapshot!(errors.concat(), @"
    an empty version requirement: expected a series like `6.12`
    an empty version requirement: expected a series like `6.12`
    `6.x` is not a version requirement: expected a series like `6.12`, `=6.12.30` or `>=6.6, <6.13`
    `latest` is not a version requirement: expected a series like `6.12`, `=6.12.30` or `>=6.6, <6.13`
    `>=6.*` has both an operator and `*`: expected one of them
    `=*` has both an operator and `*`: expected one of them
    `6.12.30.*` is not a version requirement: expected a series like `6.12`, `=6.12.30` or `>=6.6, <6.13`
    `6.12-rc3.*` is not a version requirement: expected a series like `6.12`, `=6.12.30` or `>=6.6, <6.13`
    `>` is not a version requirement: expected a series like `6.12`, `=6.12.30` or `>=6.6, <6.13`
    `==6.12` is not a version requirement: expected a series like `6.12`, `=6.12.30` or `>=6.6, <6.13`
    `v6.12` is not a version requirement: expected a series like `6.12`, `=6.12.30` or `>=6.6, <6.13`
    `6.12 6.13` is not a version requirement: expected a series like `6.12`, `=6.12.30` or `>=6.6, <6.13`
    `*.12` is not a version requirement: expected a series like `6.12`, `=6.12.30` or `>=6.6, <6.13`
    ");
}

fn versions() -> impl Strategy<Value = KernelVersion> {
    let suffix = prop_oneof![
        Just(String::new()),
        "-rc[1-9]",
        "-rt[1-9][0-9]?",
        "-rc[1-9]-rt[1-9]",
        "-[a-z]{1,4}",
        "\\+"
    ];
    (0..8_u32, 0..20_u32, proptest::option::of(0..300_u32), suffix).prop_map(
        |(major, minor, patch, suffix)| {
            let patch = patch.map(|patch| format!(".{patch}")).unwrap_or_default();
            version(&format!("{major}.{minor}{patch}{suffix}"))
        },
    )
}

proptest! {
    #[test]
    fn what_parses_renders_the_same(text in "[0-9]{1,3}[.][0-9]{1,3}([.][0-9]{1,3})?(-rc[0-9]+)?(-rt[0-9]+)?[-+.a-z0-9]{0,6}") {
        if let Ok(version) = text.parse::<KernelVersion>() {
            prop_assert_eq!(version.to_string(), text);
        }
    }

    #[test]
    fn render_then_parse_is_identity(version in versions()) {
        prop_assert_eq!(version.to_string().parse(), Ok(version.clone()));
        let full = version.kernelversion();
        prop_assert_eq!(full.parse::<KernelVersion>().map(|v| v.kernelversion()), Ok(full));
    }

    #[test]
    fn arbitrary_text_never_panics(text in ".*") {
        let _ = (text.parse::<KernelVersion>(), text.parse::<VersionReq>(), KernelVersion::from_makefile(&text));
    }

    #[test]
    fn the_order_is_total(a in versions(), b in versions(), c in versions()) {
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(a.cmp(&b).is_eq(), a == b);
        if a <= b && b <= c {
            prop_assert!(a <= c);
        }
    }

    #[test]
    fn a_version_counts_in_its_series_only(version in versions()) {
        let (major, minor) = version.series();
        let matches = |text: String| text.parse::<VersionReq>().map(|req| req.matches(&version));
        prop_assert_eq!(matches(format!("{major}.{minor}")), Ok(true));
        prop_assert_eq!(matches(format!("{major}.{}", minor + 1)), Ok(false));
        prop_assert_eq!(matches(format!(">={major}.{minor}, <{major}.{}", minor + 1)), Ok(true));
    }
}
