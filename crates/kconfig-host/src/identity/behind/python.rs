//! Modules of Python.

use kernel_host::AbsPath;

use super::{Identities, Said};
use crate::inputs::{Outside as _, Unlisted};

/// Prints every file that the import read, and every place where it looked.
const LISTING: &str = "
import sys
names = set(sys.path) | {sys.executable, sys.prefix + '/pyvenv.cfg', sys.exec_prefix + '/pyvenv.cfg'}
try:
    import MODULE
except ImportError:
    pass
for place in list(sys.path):
    names |= {place + '/MODULE', place + '/MODULE.py', place + '/MODULE/__init__.py'}
for module in list(sys.modules.values()):
    names.add(getattr(module, '__file__', None) or '')
for name in sorted(names):
    if name.startswith('/'):
        print(name)
";

impl Identities<'_> {
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
        said.extend(String::from_utf8_lossy(&listed.stdout).lines().map(str::to_owned));
        let here = self.env.current_dir();
        // The current directory is the first place, and has no name there.
        said.extend([module, &format!("{module}.py")].map(|name| here.join(name).to_string()));
        Ok(said)
    }
}
