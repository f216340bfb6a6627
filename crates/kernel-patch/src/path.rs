//! Names in patches: which part counts, and which are refused.

/// Why a name is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hostile(pub(crate) &'static str);

/// A name without its first folder; `None` where it has none, or is absolute.
pub(crate) fn strip(name: &str) -> Option<&str> {
    name.split_once('/').filter(|(first, _)| !first.is_empty()).map(|(_, rest)| rest)
}

/// Refuses a name that is no plain path below the top of a tree.
pub(crate) fn check(path: &str) -> Result<(), Hostile> {
    if path.is_empty() {
        return Err(Hostile("it is empty"));
    }
    if path.starts_with('/') {
        return Err(Hostile("it is absolute"));
    }
    if path.contains(['\0', '\n']) {
        return Err(Hostile("it has a control character"));
    }
    for part in path.split('/') {
        match part {
            "" => return Err(Hostile("it has an empty part")),
            "." => return Err(Hostile("it has a `.`")),
            ".." => return Err(Hostile("it has a `..`")),
            part if part.eq_ignore_ascii_case(".git") => return Err(Hostile("it leads into `.git`")),
            _ => {}
        }
    }
    Ok(())
}

/// Refuses a symbolic link that leaves the tree, or that goes up after it went down.
pub(crate) fn check_link(path: &str, target: &[u8]) -> Result<(), Hostile> {
    let Ok(target) = std::str::from_utf8(target) else {
        return Err(Hostile("it is a link to a name that is not UTF-8"));
    };
    if target.is_empty() || target.starts_with('/') {
        return Err(Hostile("it is a link to an absolute path"));
    }
    let mut level = path.matches('/').count();
    let mut goes_down = false;
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." if goes_down => return Err(Hostile("it is a link that goes up again after going down")),
            ".." => level = level.checked_sub(1).ok_or(Hostile("it is a link that leaves the tree"))?,
            part if part.eq_ignore_ascii_case(".git") => return Err(Hostile("it leads into `.git`")),
            _ => goes_down = true,
        }
    }
    Ok(())
}

/// The folders above a path, the outermost first.
pub(crate) fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (path, reason) in [
            ("net/socket.c", ""),
            ("..x/..y", ""),
            ("", "it is empty"),
            ("/etc/passwd", "it is absolute"),
            ("a/../../b", "it has a `..`"),
            ("./a", "it has a `.`"),
            ("a//b", "it has an empty part"),
            ("a/", "it has an empty part"),
            (".git/hooks/post-checkout", "it leads into `.git`"),
            ("a/.GIT/x", "it leads into `.git`"),
            ("a\nb", "it has a control character"),
        ] {
            assert_eq!(check(path).err().map_or("", |error| error.0), reason, "{path}");
        }
        assert_eq!(strip("a/net/x.c"), Some("net/x.c"));
        assert_eq!(strip("/x.c"), None);
        assert_eq!(strip("Makefile"), None);
        assert_eq!(parents("a/b/c").collect::<Vec<_>>(), ["a", "a/b"]);
    }

    #[test]
    fn links() {
        for (path, target, is_good) in [
            ("a/b", "c", true),
            ("a/b", "../c/d", true),
            ("a/b", "../../c", false),
            ("b", "../c", false),
            ("a/b", "/etc", false),
            ("a/b", "c/../../../d", false),
            ("a/b", "../.git/config", false),
            ("a/b", "", false),
        ] {
            assert_eq!(check_link(path, target.as_bytes()).is_ok(), is_good, "{path} → {target}");
        }
    }
}
