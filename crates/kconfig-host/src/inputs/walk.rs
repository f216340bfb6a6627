//! Goes over shell code and finds every program that could run.
//!
//! Values are followed where they are certain. A variable that is set in a branch or a loop is uncertain behind it.

use kernel_host::AbsPath;

use super::state::{State, Value, certain};
use super::{Input, Inputs, Outside, Unlisted, tools};
use crate::shell::{self, Block, Node, OWN, Redirect, Simple};

/// The shells whose language this is.
const SHELLS: [&str; 5] = ["/bin/sh", "/bin/dash", "/bin/bash", "/usr/bin/sh", "/usr/bin/bash"];

/// What shells have built in: there without a file.
const BUILTIN: &str = ". : [ alias bg bind break builtin caller cd chdir command compgen complete compopt continue declare \
                       dirs disown echo enable eval exec exit export false fc fg getopts hash help history jobs kill let \
                       local logout mapfile popd printf pushd pwd read readarray readonly return set shift shopt source \
                       suspend test times trap true type typeset ulimit umask unalias unset wait case do done elif else \
                       esac fi for function if in select then time until while coproc { } ! [[ ]]";

/// What a command reads on standard input.
#[derive(Clone, Debug)]
pub(super) enum Reads {
    /// This text.
    Text(String),
    /// What is not known.
    Unknown,
}

pub(super) struct Walker<'o> {
    pub(super) outside: &'o dyn Outside,
    pub(super) inputs: Inputs,
}

pub(super) fn walk(text: &str, outside: &dyn Outside) -> Result<Inputs, Unlisted> {
    let mut walker = Walker { outside, inputs: Inputs::new() };
    walker.code(text, &mut State::new("sh", Some(Vec::new())))?;
    Ok(walker.inputs)
}

/// Whether a word names a program in `PATH`.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+".contains(c))
}

/// Makes the error of what a probe does.
pub(super) fn because<T>(what: impl Into<String>) -> Result<T, Unlisted> {
    Err(Unlisted(what.into()))
}

impl Walker<'_> {
    fn code(&mut self, text: &str, state: &mut State) -> Result<(), Unlisted> {
        let nodes = shell::parse(text).map_err(|error| Unlisted(error.to_string()))?;
        for node in &nodes {
            self.node(node, state, &Reads::Unknown)?;
            if self.is_unmet(node, state)? {
                // The shell ends here, and so does what the answer depends on.
                break;
            }
        }
        Ok(())
    }

    /// Whether a program is demanded that is not there.
    fn is_unmet(&mut self, node: &Node, state: &mut State) -> Result<bool, Unlisted> {
        let Node::Demand { program, .. } = node else { return Ok(false) };
        let mut fields = Vec::new();
        self.fields(program, &mut state.clone(), &mut fields)?;
        let Ok([Some(name)]) = <[Value; 1]>::try_from(fields) else { return Ok(false) };
        let is_file = is_plain(&name)
            && !BUILTIN.split(' ').any(|word| word == name)
            && !state.functions.contains_key(&name);
        Ok(is_file && self.look_up(&name).is_none())
    }

    pub(super) fn nodes(&mut self, nodes: &[Node], state: &mut State, reads: &Reads) -> Result<(), Unlisted> {
        nodes.iter().try_for_each(|node| self.node(node, state, reads))
    }

    fn node(&mut self, node: &Node, state: &mut State, reads: &Reads) -> Result<(), Unlisted> {
        match node {
            Node::Simple(simple) => self.simple(simple, state, reads),
            Node::Pipeline(parts) => {
                let mut reads = reads.clone();
                for part in parts {
                    let mut own = state.clone();
                    self.node(part, &mut own, &reads)?;
                    reads = self.written(part, &mut own);
                }
                Ok(())
            }
            Node::Demand { otherwise, .. } => {
                let before = state.clone();
                self.nodes(otherwise, state, reads)?;
                state.forget_changes(&before);
                Ok(())
            }
            Node::Function { name, body } => {
                state.functions.insert(name.clone(), (**body).clone());
                Ok(())
            }
            Node::Block { kind, body, redirects } => {
                let reads = self.redirects(redirects, state)?.unwrap_or_else(|| reads.clone());
                let before = state.clone();
                match kind {
                    Block::Plain => self.nodes(body, state, &reads),
                    Block::Subshell => self.nodes(body, &mut state.clone(), &reads),
                    Block::Branch => {
                        self.nodes(body, state, &reads)?;
                        state.forget_changes(&before);
                        Ok(())
                    }
                    Block::Loop => {
                        // What the first round changes, the second one meets.
                        for _ in 0..2 {
                            self.nodes(body, state, &Reads::Unknown)?;
                            state.forget_changes(&before);
                        }
                        Ok(())
                    }
                }
            }
        }
    }

    fn simple(&mut self, simple: &Simple, state: &mut State, reads: &Reads) -> Result<(), Unlisted> {
        let reads = self.redirects(&simple.redirects, state)?.unwrap_or_else(|| reads.clone());
        let mut assigned = Vec::new();
        for (name, word) in &simple.assigns {
            if name == "PATH" {
                return because("it changes `PATH`");
            }
            assigned.push((name.clone(), self.text(word, state)?));
        }
        let mut fields = Vec::new();
        for word in &simple.words {
            self.fields(word, state, &mut fields)?;
        }
        match fields.split_first() {
            None if simple.words.is_empty() => {
                state.variables.extend(assigned);
                Ok(())
            }
            // Words that expand to nothing run nothing.
            None => Ok(()),
            Some((Some(name), args)) => self.command(name, args, state, &assigned, &reads),
            Some((None, _)) => because("it runs a program whose name is not known before"),
        }
    }

    fn command(
        &mut self,
        name: &str,
        args: &[Value],
        state: &mut State,
        exports: &[(String, Value)],
        reads: &Reads,
    ) -> Result<(), Unlisted> {
        if let Some(body) = state.functions.get(name).cloned() {
            state.deeper(name)?;
            let outer = std::mem::replace(&mut state.args, certain(args));
            self.node(&body, state, reads)?;
            state.args = outer;
            state.depth -= 1;
            return Ok(());
        }
        match name {
            ":" | "true" | "false" | "echo" | "printf" | "exit" | "return" | "break" | "continue" => Ok(()),
            "test" | "[" => tools::test(self, args),
            "unset" | "read" | "local" => {
                for arg in args {
                    let Some(name) = arg else {
                        return because("it sets variables that are not known before");
                    };
                    let name = name.split_once('=').map_or(name.as_str(), |(name, _)| name);
                    state.variables.insert(name.to_owned(), None);
                }
                Ok(())
            }
            "set" => {
                match args {
                    [] => {}
                    [Some(dashes), rest @ ..] if dashes == "--" => state.args = certain(rest),
                    [Some(option), ..] if option.starts_with(['-', '+']) => {}
                    rest => state.args = certain(rest),
                }
                Ok(())
            }
            "shift" => {
                match (&mut state.args, args) {
                    (Some(all), []) => drop(all.drain(..all.len().min(1))),
                    _ => state.args = None,
                }
                Ok(())
            }
            "trap" => match args.first() {
                Some(Some(action)) => self.code(action, &mut state.clone()),
                _ => because("it ends with something that is not known before"),
            },
            "command" => match args {
                [Some(option), names @ ..] if option == "-v" && names.iter().all(Option::is_some) => {
                    for name in names.iter().flatten() {
                        self.look_up(name);
                    }
                    Ok(())
                }
                _ => because("it uses `command`"),
            },
            "env" => self.env(args, state, reads),
            "." | "source" | "eval" | "exec" | "cd" | "alias" | "export" | "readonly" | "type" | "hash"
            | "ulimit" | "umask" | "wait" => because(format!("it uses `{name}`")),
            _ => self.program(name, args, exports, state.depth, reads),
        }
    }

    /// `env A=b program …`.
    fn env(&mut self, args: &[Value], state: &State, reads: &Reads) -> Result<(), Unlisted> {
        let mut exports = Vec::new();
        for (at, arg) in args.iter().enumerate() {
            match arg.as_deref().map(|arg| (arg, arg.split_once('='))) {
                Some((_, Some((name, value)))) if name != "PATH" => {
                    exports.push((name.to_owned(), Some(value.to_owned())));
                }
                Some((program, None)) if !program.starts_with('-') => {
                    self.look_up("env");
                    return self.program(program, &args[at + 1..], &exports, state.depth, reads);
                }
                _ => break,
            }
        }
        because("it uses `env`")
    }

    fn program(
        &mut self,
        name: &str,
        args: &[Value],
        exports: &[(String, Value)],
        depth: u32,
        reads: &Reads,
    ) -> Result<(), Unlisted> {
        if name.contains(OWN) {
            return because("it runs what it has made");
        }
        let Some(path) = self.look_up(name) else {
            // What is not there cannot run.
            return Ok(());
        };
        if let Some(module) = tools::imported(name, args) {
            self.inputs.insert(Input::Module { python: name.to_owned(), module });
            return Ok(());
        }
        if self.outside.is_binary(&path) {
            return tools::tool(self, name, args, reads);
        }
        if !name.contains('/') {
            return because(format!("`{name}` is a script, and not of the tree"));
        }
        self.inputs.insert(Input::Script(path.clone()));
        let Some(text) = self.outside.text(&path) else { return because(format!("`{name}` is no text")) };
        let first = text.lines().next().and_then(|line| line.strip_prefix("#!")).unwrap_or_default();
        let mut words = first.split_ascii_whitespace();
        let interpreter = words.next().unwrap_or_default();
        if !SHELLS.contains(&interpreter) || words.any(|word| !matches!(word, "-e" | "-u" | "-eu")) {
            return because(format!("`{name}` is a script for `{}`", first.trim()));
        }
        self.look_up(interpreter);
        let mut state = State::new(name, certain(args));
        state.variables.extend(exports.iter().cloned());
        state.depth = depth;
        state.deeper(name)?;
        self.code(&text, &mut state)
    }

    /// The file that a program's name stands for, noted as something that matters.
    pub(super) fn look_up(&mut self, name: &str) -> Option<AbsPath> {
        self.inputs.insert(Input::Program(name.to_owned()));
        self.outside.program(name)
    }

    /// Notes a file that is read, unless it is one of the probe's own.
    pub(super) fn file(&mut self, value: &Value) -> Result<(), Unlisted> {
        match value {
            Some(path) if path.contains(OWN) || path == "/dev/null" || path.is_empty() => Ok(()),
            Some(path) if ["/dev/", "/proc/", "/sys/"].iter().any(|live| path.starts_with(live)) => {
                because(format!("it reads `{path}`"))
            }
            Some(path) => {
                self.inputs.insert(Input::File(self.outside.directory().join(path)));
                Ok(())
            }
            None => because("it reads a file whose name is not known before"),
        }
    }

    /// What redirections bring in, if they bring in anything.
    fn redirects(&mut self, redirects: &[Redirect], state: &mut State) -> Result<Option<Reads>, Unlisted> {
        let mut reads = None;
        for redirect in redirects {
            match redirect {
                Redirect::Stream => {}
                Redirect::Here(word) => {
                    reads = Some(self.text(word, state)?.map_or(Reads::Unknown, Reads::Text))
                }
                Redirect::From(word) => {
                    let path = self.text(word, state)?;
                    self.file(&path)?;
                    let nothing = path.as_deref() == Some("/dev/null");
                    reads = Some(if nothing { Reads::Text(String::new()) } else { Reads::Unknown });
                }
                Redirect::To(word) => match self.text(word, state)? {
                    Some(path) if path == "/dev/null" || path.contains(OWN) => {}
                    Some(path) => return because(format!("it writes `{path}`")),
                    None => return because("it writes a file whose name is not known before"),
                },
            }
        }
        Ok(reads)
    }

    /// What a part of a pipeline writes, where that is plain text.
    fn written(&mut self, node: &Node, state: &mut State) -> Reads {
        let Node::Simple(simple) = node else { return Reads::Unknown };
        let mut fields = Vec::new();
        for word in &simple.words {
            if self.fields(word, state, &mut fields).is_err() {
                return Reads::Unknown;
            }
        }
        let known: Option<Vec<String>> = fields.into_iter().collect();
        let text = match (known.as_deref(), simple.redirects.as_slice()) {
            (Some([name, words @ ..]), _) if name == "echo" || name == "printf" => Some(words.join(" ")),
            (Some([name]), [Redirect::Here(word)]) if name == "cat" => self.text(word, state).ok().flatten(),
            _ => None,
        };
        text.map_or(Reads::Unknown, Reads::Text)
    }
}
