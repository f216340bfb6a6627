//! Which probes will come: a parse of the macros alone.
//!
//! Only few files of a tree use the macro language. Of the others, the `source` lines are all that matters here, so the
//! engine's own parser goes over the whole tree in a fraction of the time of the true parse.
//!
//! Each probe is answered by a mark. A command that holds a mark depends on the answer of another: it cannot be known
//! before that one has run, and is left to the true parse. Nothing of this parse is kept but the commands.

use std::sync::Arc;

use kconfig::syntax::{self, Dialect};
use kconfig::tree::{ShellAnswer, Tree};
use memchr::memmem;

use crate::files::source_lines;

/// Stands for an answer that is not known yet; no tree writes this.
const MARK: &[u8] = b"\x01an answer\x02";

/// Tells the probes whose text depends on no other's answer, each as soon as it is met; they will be asked for in that
/// order.
pub(crate) fn commands(tree: &dyn Tree, kconfig: &str, dialect: Dialect, found: &(dyn Fn(Vec<u8>) + Sync)) {
    // Where it fails, so will the true parse, which tells why; what was seen until then is of use all the same.
    let _ = syntax::parse(&Ahead { tree, found }, kconfig, dialect);
}

/// The tree, reduced to its macros.
struct Ahead<'t> {
    tree: &'t dyn Tree,
    found: &'t (dyn Fn(Vec<u8>) + Sync),
}

impl Tree for Ahead<'_> {
    fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, String> {
        let Ok(Some(text)) = self.tree.read(path) else { return Ok(Some(Arc::default())) };
        if memmem::find(&text, b"$(").is_some() {
            return Ok(Some(text));
        }
        Ok(Some(source_lines(&text).flatten().copied().collect()))
    }

    fn shell(&self, command: &[u8]) -> ShellAnswer {
        if memmem::find(command, MARK).is_none() {
            (self.found)(command.to_vec());
        }
        ShellAnswer { stdout: MARK.to_vec(), ..ShellAnswer::default() }
    }

    fn env(&self, name: &str) -> Option<String> {
        self.tree.env(name)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    struct Fixed(&'static [(&'static str, &'static str)]);

    impl Tree for Fixed {
        fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, String> {
            let found = self.0.iter().find(|(name, _)| *name == path);
            Ok(found.map(|(_, text)| text.as_bytes().into()))
        }

        fn shell(&self, command: &[u8]) -> ShellAnswer {
            panic!("ran {}", String::from_utf8_lossy(command));
        }

        fn env(&self, name: &str) -> Option<String> {
            (name == "CC").then(|| "gcc".to_owned())
        }
    }

    #[test]
    fn sees_every_probe_that_depends_on_no_other() {
        let tree = Fixed(&[
            (
                "Kconfig",
                "source \"include\"\nsource \"plain\"\nsource \"absent\"\nconfig A\n\tdef_bool $(shell,three)\n",
            ),
            (
                "include",
                "cc-info := $(shell,one $(CC))\nerr := $(shell,test -z \"$(cc-info)\")\n\
                 $(error-if,$(shell,two),no $(err))\nlazy = $(shell,never)\n",
            ),
            ("plain", "menu \"unclosed in what is left of it\"\nsource \"inner\"\nendmenu\n"),
            ("inner", "config B\n\tdef_bool $(shell,inside)\n"),
        ]);
        let found = Mutex::new(Vec::new());
        commands(&tree, "Kconfig", Dialect::NEWEST, &|command| found.lock().unwrap().push(command));
        let found = found.into_inner().unwrap();
        let found: Vec<_> = found.iter().map(|command| String::from_utf8_lossy(command)).collect();
        assert_eq!(found, ["one gcc", "two", "inside", "three"]);
    }
}
