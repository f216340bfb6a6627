//! Modules of Python.

use std::sync::PoisonError;

use kernel_host::AbsPath;

use super::{Identities, Said};
use crate::inputs::{Outside as _, Unlisted};

/// Prints whether the import succeeds, every file that it reads, and every place where it looks.
const LISTING: &str = "
import sys
names = set(sys.path) | {sys.executable, sys.prefix + '/pyvenv.cfg', sys.exec_prefix + '/pyvenv.cfg'}
outcome = 'imported'
try:
    import MODULE
except ImportError:
    outcome = 'missing'
for place in list(sys.path):
    names |= {place + '/MODULE', place + '/MODULE.py', place + '/MODULE/__init__.py'}
for module in list(sys.modules.values()):
    names.add(getattr(module, '__file__', None) or '')
print(outcome)
for name in sorted(names):
    if name.startswith('/'):
        print(name)
";

impl Identities<'_> {
    /// Whether a module was imported when this run listed what that reads.
    pub(crate) fn has_imported(&self, python: &str, module: &str) -> Option<bool> {
        let imports = self.memo.imports.lock().unwrap_or_else(PoisonError::into_inner);
        imports.get(&(python.to_owned(), module.to_owned())).copied()
    }

    /// The files that tell pyenv's stand-ins which interpreter to use; the environment counts anyway.
    pub(super) fn choosing_python(&self, python: &str) -> Vec<AbsPath> {
        let Some(root) = self.pyenv_root(python) else { return Vec::new() };
        let directories = std::iter::successors(Some(self.env.current_dir().clone()), AbsPath::parent);
        let mut files: Vec<AbsPath> =
            directories.map(|directory| directory.join(".python-version")).collect();
        files.extend([root.join("version"), root.join("versions")]);
        files
    }

    /// Where pyenv is, if a program is one of its stand-ins.
    fn pyenv_root(&self, python: &str) -> Option<AbsPath> {
        let shims = self.program(python)?.parent()?;
        (shims.file_name() == Some("shims")).then(|| shims.parent()).flatten()
    }

    /// What importing a module reads.
    pub(super) fn ask_python(&self, python: &str, module: &str) -> Said {
        let path = self.program(python).ok_or_else(|| Unlisted(format!("`{python}` is not there")))?;
        let root = self.pyenv_root(python);
        if root.is_none() && !self.is_binary(&path) {
            return Err(Unlisted(format!("`{python}` is a script, and not of the tree")));
        }
        let listed = self.run(&path.to_string(), &["-c", &LISTING.replace("MODULE", module)])?;
        let mut said: Vec<String> = self.choosing_python(python).iter().map(AbsPath::to_string).collect();
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let (outcome, names) = listed.split_once('\n').unwrap_or_default();
        let imported = match outcome {
            "imported" => true,
            "missing" => false,
            _ => return Err(Unlisted(format!("importing `{module}` does more than that"))),
        };
        let key = (python.to_owned(), module.to_owned());
        self.memo.imports.lock().unwrap_or_else(PoisonError::into_inner).insert(key, imported);
        said.extend(names.lines().map(str::to_owned));
        let here = self.env.current_dir();
        // The current directory is the first place, and has no name there.
        said.extend([module, &format!("{module}.py")].map(|name| here.join(name).to_string()));
        Ok(said)
    }
}
