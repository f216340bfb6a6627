//! Folders of the host that the init mounts: `guest-init.mount=9p,data,/data,ro`.

/// The parameter that names a folder.
const MOUNT_PARAMETER: &str = "guest-init.mount";

/// A folder of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFolder {
    /// `9p` or `virtiofs`.
    pub file_system: String,
    /// Its name on the bus.
    pub tag: String,
    /// Where it is mounted.
    pub place: String,
    /// Whether the guest may write to it.
    pub is_writable: bool,
}

/// The parameter for a folder; none of its words has a space or a comma.
pub fn mount_parameter(file_system: &str, tag: &str, place: &str, is_writable: bool) -> String {
    let mode = if is_writable { "rw" } else { "ro" };
    format!("{MOUNT_PARAMETER}={file_system},{tag},{place},{mode}")
}

/// The folders that a kernel command line names, in order; a word that is not of this form is passed over.
pub fn host_folders(cmdline: &str) -> Vec<HostFolder> {
    let words = cmdline.split_ascii_whitespace();
    let values = words.filter_map(|word| word.strip_prefix(MOUNT_PARAMETER)?.strip_prefix('='));
    let folder = |value: &str| match value.split(',').collect::<Vec<_>>()[..] {
        [file_system, tag, place, mode @ ("ro" | "rw")] => Some(HostFolder {
            file_system: file_system.to_owned(),
            tag: tag.to_owned(),
            place: place.to_owned(),
            is_writable: mode == "rw",
        }),
        _ => None,
    };
    values.filter_map(folder).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_round_trip() {
        let line = format!(
            "quiet {} {} guest-init.mount=9p,x",
            mount_parameter("9p", "data", "/data", false),
            mount_parameter("virtiofs", "out", "/var/out", true)
        );
        let folders = host_folders(&line);
        assert_eq!(folders.len(), 2);
        assert_eq!((folders[0].tag.as_str(), folders[0].is_writable), ("data", false));
        assert_eq!((folders[1].place.as_str(), folders[1].is_writable), ("/var/out", true));
    }
}
