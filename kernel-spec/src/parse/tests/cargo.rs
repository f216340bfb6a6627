//! The manifest in `Cargo.toml`.

use super::*;

fn cargo_toml(manifest: &str) -> SourceText {
    let manifest = manifest.replace("schema = 1", "[workspace.metadata.kernel]\nschema = 1");
    let manifest = ["source", "kernel", "vm"].iter().fold(manifest, |text, key| {
        text.replace(&format!("\n[{key}."), &format!("\n[workspace.metadata.kernel.{key}."))
    });
    SourceText { path: "Cargo.toml".into(), text: format!("[workspace]\nmembers = []\n\n{manifest}") }
}

#[test]
fn in_cargo_toml() {
    let spec = KernelSpec::parse_cargo_manifest(cargo_toml(GOOD), &CONTEXT).expect("a manifest");
    let kernel = spec.kernels.values().next().expect("a kernel");
    assert_eq!(kernel.source.location.as_ref().map(ToString::to_string).as_deref(), Some("Cargo.toml:12:10"));
    let errors =
        |text: SourceText| shown(&KernelSpec::parse_cargo_manifest(text, &CONTEXT).expect_err("an error"));
    let broken = GOOD.replace("schema = 1", "schema = 1\nkernels = 2").replace("fragments", "framgents");
    insta::assert_snapshot!(errors(cargo_toml(&broken)), @r#"
    error: unknown key `kernels` in `[workspace.metadata.kernel]`
     --> Cargo.toml:6:1
    6 | kernels = 2
      | ^^^^^^^
    hint: did you mean `kernel`?

    error: unknown key `framgents` in `[workspace.metadata.kernel.kernel.guest]`
      --> Cargo.toml:16:1
    16 | framgents = ["kernel/*.config"]
       | ^^^^^^^^^
    hint: did you mean `fragments`?
    "#);
    let text = |text: &str| SourceText { path: "Cargo.toml".into(), text: text.into() };
    insta::assert_snapshot!(errors(text("[workspace.metadata]\nkernel = true\n")), @"
    error: `kernel` in `[workspace.metadata]` is a boolean, expected a table
     --> Cargo.toml:2:1
    2 | kernel = true
      | ^^^^^^
    ");
    insta::assert_snapshot!(errors(text("[package]\nname = \"x\"\n")), @"error: no `[workspace.metadata.kernel]` in `Cargo.toml`");
}
