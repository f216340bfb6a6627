//! A terminal here and one in the guest: `kernel run` where somebody types.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use tests::{Project, Run, cargo_kernel, needs, workspace_root};

/// Longer than any boot here.
const LIMIT: Duration = Duration::from_secs(240);

/// A shell in a terminal of 33 lines of 99 characters, in which a command runs; and somebody who types.
struct Typist {
    terminal: Child,
    keys: ChildStdin,
    shown: Receiver<Vec<u8>>,
    screen: String,
    /// How much of the screen was looked at.
    seen: usize,
}

impl Typist {
    /// `kernel run qemu ARGS`; what the terminal is set to afterwards follows on the screen.
    fn sits_at(args: &str) -> Self {
        let run = format!("{} kernel run qemu -q {args}", cargo_kernel().display());
        let line = format!("stty rows 33 cols 99; {run}; code=$?; stty -a; exit $code");
        let mut terminal = Command::new("script");
        terminal.args(["-qec", &line, "/dev/null"]).current_dir(workspace_root());
        terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).env("TERM", "dumb");
        let mut terminal = terminal.spawn().unwrap();
        let (keys, mut stdout) = (terminal.stdin.take().unwrap(), terminal.stdout.take().unwrap());
        let (send, shown) = channel();
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(length) = stdout.read(&mut piece)
                && length > 0
                && send.send(piece[..length].to_vec()).is_ok()
            {}
        });
        Self { terminal, keys, shown, screen: String::new(), seen: 0 }
    }

    /// Waits until the screen shows something new.
    #[track_caller]
    fn sees(&mut self, text: &str) {
        let began = Instant::now();
        loop {
            if let Some(at) = self.screen[self.seen..].find(text) {
                self.seen += at + text.len();
                return;
            }
            match self.shown.recv_timeout(LIMIT.saturating_sub(began.elapsed())) {
                Ok(piece) => self.screen += &String::from_utf8_lossy(&piece),
                Err(_) => panic!("no {text:?} on the screen:\n{}", self.screen),
            }
        }
    }

    fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for the end; the exit code, and that the terminal is as it was.
    #[track_caller]
    fn ends(mut self) -> Option<i32> {
        self.sees("\nisig icanon iexten echo ");
        drop(self.keys);
        self.terminal.wait().unwrap().code()
    }
}

fn is_possible() -> bool {
    needs::srctree("6_12").is_some() && needs::program("qemu-system-x86_64") && needs::program("script")
}

#[test]
fn a_shell_in_the_guest_has_a_terminal() {
    if !is_possible() {
        return;
    }
    let mut typist = Typist::sits_at("");
    typist.sees("# ");
    typist.types("echo $((6 * 7)) $TERM\r");
    typist.sees("42 dumb\r\n");
    // Ctrl-C is the guest's.
    typist.types("trap 'echo inter''rupted' INT; echo wait''ing; read never\r");
    typist.sees("waiting\r\n");
    typist.types("\u{3}");
    typist.sees("interrupted\r\n");
    typist.types("exit 5\r");
    assert_eq!(typist.ends(), Some(5));

    let mut typist = Typist::sits_at("-- stty size");
    typist.sees("33 99\r\n");
    assert_eq!(typist.ends(), Some(0));
}

/// Out of a guest that does not end, and the terminal is given back.
#[test]
fn there_is_a_way_out() {
    if !is_possible() {
        return;
    }
    let mut typist = Typist::sits_at("-- sh -c 'echo ready; while :; do :; done'");
    typist.sees("ready\r\n");
    typist.types("\u{1}x");
    assert_eq!(typist.ends(), Some(130));
}

/// A terminal can be had where there is none here: a script's words are typed.
#[test]
fn words_of_a_pipe_are_typed() {
    if !is_possible() {
        return;
    }
    let mut run = Command::new(cargo_kernel());
    run.args(["kernel", "run", "qemu", "-q", "--tty"]).current_dir(workspace_root());
    run.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut run = run.spawn().unwrap();
    run.stdin.take().unwrap().write_all(b"test -t 0 && echo a ter''minal\n").unwrap();
    let run = Run::new(&run.wait_with_output().unwrap()).success();
    assert!(run.stdout.contains("a terminal"), "{}{}", run.stdout, run.stderr);
}

#[test]
fn a_shell_needs_somebody_who_types() {
    let project = Project::toy();
    let manifest = project.read("Kernel.toml");
    project
        .write("Kernel.toml", &format!("{manifest}\n[vm.demo]\nkernel = \"guest\"\ncmdline = \"quiet\"\n"));
    let run = project.kernel(&["run", "demo"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
    error: no command, and nobody types: standard input is no terminal
    hint: write a command behind `--`, or `--tty`
    ");
}
