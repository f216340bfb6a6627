//! The clap subcommand of `kernel-cli`, mounted beside the chores of another program (`tests/mounted`).

use std::process::Command;

use tests::{Project, Run};

/// The program that mounts it, in a project.
fn chores(project: &Project, args: &[&str], vars: &[(&str, &str)]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mounted"));
    command.args(args).current_dir(project.root());
    // As the tool itself is run: without what cargo told these tests.
    for (name, value) in project.command(&[]).get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Run::new(&command.envs(vars.iter().copied()).output().unwrap())
}

#[test]
fn it_is_the_same_command_under_another_name() {
    let project = Project::toy();
    assert_eq!(chores(&project, &["greet"], &[]).success().stdout, "hello you\n");
    let here =
        |text: &str| text.replace(&project.root().canonicalize().unwrap().display().to_string(), "[ROOT]");
    for args in
        [&["check"][..], &["build"], &["metadata"], &["build", "gest"], &["config", "layers", "guest"]]
    {
        let mounted = chores(&project, &[&["kernel"], args].concat(), &[]);
        let own = project.kernel(args);
        assert_eq!(mounted.code, own.code, "{args:?}: {}{}", mounted.stderr, own.stderr);
        if args != ["build"] {
            assert_eq!(here(&mounted.stdout), here(&own.stdout), "{args:?}");
        }
    }
    let exit = chores(&project, &["kernel", "build", "--locked", "-q", "-v"], &[]);
    assert_eq!(exit.code, Some(2), "{}", exit.stderr);
}

#[test]
fn its_help_is_grouped_and_called_as_the_program_is() {
    let project = Project::toy();
    let all = chores(&project, &["--help"], &[]).success().stdout;
    assert!(all.contains("kernel") && all.contains("Builds and boots this workspace's kernels"), "{all}");
    assert!(!all.contains("mounted in a"), "nothing of the type's own documentation: {all}");
    let help = chores(&project, &["kernel", "--help"], &[]).success().stdout;
    for line in [
        "Builds and boots this workspace's kernels",
        "Build and boot:",
        "Workspace and machine:",
        "--message-format",
    ] {
        assert!(help.contains(line), "no {line:?}: {help}");
    }
    assert!(!help.contains("\nCommands:"), "no list beside the groups: {help}");
    for path in [&["build"][..], &["config", "explain"]] {
        let help = chores(&project, &[&["kernel"], path, &["--help"]].concat(), &[]).success().stdout;
        let called = format!("cargo chores kernel {}", path.join(" "));
        assert!(help.contains(&format!("Usage: {called}")) && help.matches(&called).count() > 1, "{help}");
        assert!(!help.contains("cargo kernel"), "{help}");
    }
}

#[test]
fn names_of_the_manifest_are_completed_there_too() {
    let project = Project::toy();
    let completed = |words: &[&str]| {
        let index = (words.len() - 1).to_string();
        let vars = [("COMPLETE", "bash"), ("_CLAP_COMPLETE_INDEX", &index), ("_CLAP_IFS", "\n")];
        let found = chores(&project, &[&["--"], words].concat(), &vars).success();
        found.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(completed(&["chores", "ker"]), ["kernel"]);
    assert_eq!(completed(&["chores", "kernel", "build", "gu"]), ["guest"]);
    assert_eq!(completed(&["chores", "kernel", "config", "explain", "g"]), ["guest"]);
    assert_eq!(completed(&["chores", "greet", "g"]), Vec::<String>::new(), "its own arguments are its own");
}
