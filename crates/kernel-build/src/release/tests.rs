//! A kernelrelease from its parts; the tree's own tools judge it in the cross-crate tests.

use kernel_host::fs::TempDir;
use kernel_spec::{KernelName, ModDirVersion};

use super::*;

/// A script with the marks that are looked for and nothing else: it is read, never run.
const PLAIN: &str = "collect_files localversion*\n*\\~*)\nsed CONFIG_LOCALVERSION=\necho \"$res\"\n";

fn exact() -> String {
    "collect_files localversion*\nsed CONFIG_LOCALVERSION= CONFIG_LOCALVERSION_AUTO=y\n\
     git rev-parse --show-cdup\ngit rev-parse --verify HEAD\ntry_tag \"${file_localversion#-}\"\n\
     git rev-list --count\nprintf '%.12s'\ngit --no-optional-locks status -uno --porcelain\necho \"$res\"\n"
        .to_owned()
}

struct Tree {
    dir: TempDir,
    script: String,
}

impl Tree {
    fn new(script: &str) -> Self {
        let parent = AbsPath::new(std::env::temp_dir()).unwrap();
        Self { dir: fs::temp_dir_in(&parent, "release-").unwrap(), script: script.to_owned() }
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.dir.path().join(path);
        fs::create_dir_all(&path.parent().unwrap()).unwrap();
        fs::write_atomic(&path, text.as_bytes()).unwrap();
    }

    fn compute(&self, local_version: &str, auto: LocalVersionAuto) -> Result<Release, ReleaseError> {
        self.write("src/scripts/setlocalversion", &self.script);
        let (srctree, objtree) = (self.dir.path().join("src"), self.dir.path().join("obj"));
        let text = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 30\nEXTRAVERSION =\n";
        let version = &TreeVersion::parse(text).unwrap();
        let inputs = ReleaseInputs { srctree: &srctree, objtree: &objtree, version, local_version, auto };
        compute(&inputs, &Env::capture().unwrap(), &Cancel::new())
    }

    /// The error's text and hint, without the folder that is another on each run.
    fn error(&self, local_version: &str) -> String {
        let error = self.compute(local_version, LocalVersionAuto::Off).unwrap_err();
        let hint = error.hint().map(|hint| format!("\nhint: {hint}"));
        let text = format!("{error}{}", hint.unwrap_or_default());
        text.replace(self.dir.path().to_str().unwrap(), "")
    }
}

#[test]
fn files_of_both_trees_in_byte_order() {
    let tree = Tree::new(PLAIN);
    tree.write("src/localversion-b", "-srcb\n\n");
    tree.write("src/localversion-A", "-srcA\n");
    tree.write("src/localversion.orig~", "-backup\n");
    tree.write("src/localversion-dir/x", "-no");
    tree.write("obj/localversion", "-obj");
    let release = tree.compute("-guest", LocalVersionAuto::On).unwrap();
    assert_eq!(release.text, "6.12.30-obj-srcA-srcb-guest");
    let origins: Vec<String> = release.parts.iter().map(ToString::to_string).collect();
    let text = origins.join("\n").replace(tree.dir.path().to_str().unwrap(), "");
    insta::assert_snapshot!(text, @r#"
    `6.12.30` from /src/Makefile
    `-obj` from the file /obj/localversion
    `-srcA` from the file /src/localversion-A
    `-srcb` from the file /src/localversion-b
    `CONFIG_LOCALVERSION="-guest"`
    "#);
}

#[test]
fn what_is_no_release() {
    let tree = Tree::new(PLAIN);
    insta::assert_snapshot!(tree.error("-a b"), @r#"
    `CONFIG_LOCALVERSION="-a b"` cannot be part of a kernelrelease: it has a space
    hint: letters, digits and `-._+~` are fine: change `local-version`
    "#);
    insta::assert_snapshot!(tree.error("-n"), @r#"
    `CONFIG_LOCALVERSION="-n"` cannot stand alone: the tree's script hands it to `echo`, whose option it is
    hint: letters, digits and `-._+~` are fine: change `local-version`
    "#);
    insta::assert_snapshot!(tree.error(&format!("-{}", "x".repeat(57))), @r#"
    kernelrelease `6.12.30-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` has 65 bytes: at most 64 are possible
    hint: its parts are `6.12.30` from /src/Makefile, `CONFIG_LOCALVERSION="-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"`
    "#);
    assert!(tree.compute(&format!("-{}", "x".repeat(56)), LocalVersionAuto::Off).is_ok());
    tree.write("src/localversion", "-rt1\r\n");
    insta::assert_snapshot!(tree.error(""), @r"
    `-rt1\r` from the file /src/localversion cannot be part of a kernelrelease: it has a carriage return
    hint: letters, digits and `-._+~` are fine
    ");
}

#[test]
fn unknown_scripts() {
    let with = |script: &str| Tree::new(script).error("");
    insta::assert_snapshot!(with("echo 1.0\n"), @r"
    cannot compute the kernelrelease as /src/scripts/setlocalversion does: the script has no `localversion*`: it is none of the kernel's own scripts
    hint: unset CONFIG_LOCALVERSION_AUTO, or use a tree whose `scripts/setlocalversion` is the kernel's own
    ");
    let line = |script: String| SetLocalVersion::read(&script).unwrap_err().to_string();
    insta::assert_snapshot!(line(format!("res=\"$res-ab${{BUILD_NUMBER}}\"\n{PLAIN}")), @"the script reads `$BUILD_NUMBER`, which none of the kernel's own scripts does");
    insta::assert_snapshot!(line(format!("{PLAIN}echo more\n")), @"the script ends with `echo more`: expected it to print the release");
    insta::assert_snapshot!(line(format!("CONFIG_LOCALVERSION_AUTO\n{PLAIN}")), @"the script looks at CONFIG_LOCALVERSION_AUTO, but asks git in no known way");
}

#[test]
fn git_trees() {
    let tree = Tree::new(&exact());
    tree.write("src/Makefile", "one");
    let text = |tree: &Tree| tree.compute("", LocalVersionAuto::On).unwrap().text;
    assert_eq!(text(&tree), "6.12.30", "no repository");
    let env = Env::capture().unwrap();
    if env.find_program("git").is_none() {
        return;
    }
    let git = |arguments: &str| {
        let mut command = kernel_host::process::Command::new("git");
        crate::environment::confine(&mut command, &env);
        command.args(["-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false"]);
        command.args(arguments.split(' ')).current_dir(&tree.dir.path().join("src"));
        command.checked_output(&Cancel::new()).unwrap().stdout
    };
    git("init -q");
    assert_eq!(text(&tree), "6.12.30", "no commit");
    git("add .");
    git("commit -qm one");
    let head = |digits: usize| git("rev-parse HEAD")[..digits].to_owned();
    assert_eq!(text(&tree), format!("6.12.30-g{}", head(12)));
    git("tag v6.12.30");
    assert_eq!(text(&tree), format!("6.12.30-g{}", head(12)), "a tag without annotation does not count");
    git("tag -f -a -m x v6.12.30");
    assert_eq!(text(&tree), "6.12.30");
    tree.write("src/Makefile", "two");
    assert_eq!(text(&tree), "6.12.30-dirty");
    git("commit -qam two");
    assert_eq!(text(&tree), format!("6.12.30-00001-g{}", head(12)));
    tree.write("src/localversion-rt", "-rt5");
    git("tag -a -m x v6.12.30-rt5");
    assert_eq!(
        text(&tree),
        "6.12.30-rt5",
        "a tag of the files' name counts, a file that git does not know is no change"
    );
    assert_eq!(tree.compute("", LocalVersionAuto::Off).unwrap().text, "6.12.30-rt5");
}

fn mismatch(local_version: &str, promise: &str, places: &[&str]) -> String {
    let tree = Tree::new(PLAIN);
    let release = tree.compute(local_version, LocalVersionAuto::Off).unwrap();
    let text = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 30\nEXTRAVERSION =\n";
    let version = TreeVersion::parse(text).unwrap();
    let places: Vec<String> = places.iter().map(|place| (*place).to_owned()).collect();
    let promise = ModDirVersion(promise.into());
    let kernel = KernelName::new("guest").unwrap();
    let (auto, source) = (LocalVersionAuto::Off, SourceKind::Pinned);
    match check_promise(&kernel, &release, &version, auto, Some(&promise), source, &places) {
        Ok(()) => "as promised".to_owned(),
        Err(error) => {
            let causes = error.causes().join("\n  caused by: ");
            let text = format!("error: {error}\n  caused by: {causes}\nhint: {}", error.hint());
            text.replace(tree.dir.path().to_str().unwrap(), "")
        }
    }
}

#[test]
fn promises() {
    assert_eq!(mismatch("-guest", "{version}-guest", &[]), "as promised");
    assert_eq!(mismatch("", "6.12.30", &[]), "as promised");
    let places = ["configs/debug.config:7", "configs/base.config:2"];
    insta::assert_snapshot!(mismatch("-dbg", "6.12.30", &places), @r#"
    error: kernel `guest` reports release `6.12.30-dbg`, but `mod-dir-version` is `6.12.30`
      caused by: `CONFIG_LOCALVERSION="-dbg"` set at configs/debug.config:7, overriding configs/base.config:2
    hint: drop that line, or set `mod-dir-version = "6.12.30-dbg"` in Kernel.toml
    "#);
    insta::assert_snapshot!(mismatch("-dbg", "{version}-guest", &places[..1]), @r#"
    error: kernel `guest` reports release `6.12.30-dbg`, but `mod-dir-version` is `6.12.30-guest`
      caused by: `CONFIG_LOCALVERSION="-dbg"` set at configs/debug.config:7
    hint: drop that line, or set `mod-dir-version = "{version}-dbg"` in Kernel.toml
    "#);
    insta::assert_snapshot!(mismatch("", "{version}-guest", &[]), @r#"
    error: kernel `guest` reports release `6.12.30`, but `mod-dir-version` is `6.12.30-guest`
      caused by: nothing adds `-guest`: no `localversion*` file and no CONFIG_LOCALVERSION
    hint: set `local-version = "-guest"`, or set `mod-dir-version = "{version}"` in Kernel.toml
    "#);
    insta::assert_snapshot!(mismatch("", "6.12.31", &[]), @r#"
    error: kernel `guest` reports release `6.12.30`, but `mod-dir-version` is `6.12.31`
      caused by: `6.12.30` from /src/Makefile
    hint: the source is another version than `mod-dir-version` expects: set `mod-dir-version = "6.12.30"` in Kernel.toml
    "#);
}

#[test]
fn auto_on_a_pinned_source_needs_a_promise() {
    let tree = Tree::new(PLAIN);
    let release = tree.compute("", LocalVersionAuto::On).unwrap();
    let version =
        TreeVersion::parse("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 30\nEXTRAVERSION =\n").unwrap();
    let kernel = KernelName::new("guest").unwrap();
    let check = |promise: Option<&ModDirVersion>, source| {
        check_promise(&kernel, &release, &version, LocalVersionAuto::On, promise, source, &[])
    };
    let error = check(None, SourceKind::Pinned).unwrap_err();
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint()), @r#"
    kernel `guest` sets CONFIG_LOCALVERSION_AUTO=y, but its source is pinned: there is no git state to report
    hint: set `LOCALVERSION_AUTO = "n"` in `[kernel.guest.config]`, or state `mod-dir-version = "6.12.30"`
    "#);
    assert_eq!(check(None, SourceKind::Path), Ok(()));
    assert_eq!(check(Some(&ModDirVersion("{version}".into())), SourceKind::Pinned), Ok(()));
}
