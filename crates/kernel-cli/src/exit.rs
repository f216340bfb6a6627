//! Exit codes: documented constants, and the one place where a kind of error becomes one.

use kernel::ErrorKind;

/// Everything that was asked for is done.
pub const OK: u8 = 0;
/// The manifest, a fragment, a name, the machine: something that its user can put right.
pub const USER_ERROR: u8 = 1;
/// The arguments are not those of the command.
pub const USAGE: u8 = 2;
/// `--locked` or `--frozen`, and Kernel.lock would have to change; or a program is not of the version that is pinned.
pub const LOCK_OUT_OF_DATE: u8 = 3;
/// A source is not what its digest says.
pub const SOURCE_INTEGRITY: u8 = 4;
/// make or cargo failed.
pub const BUILD_FAILED: u8 = 5;
/// What was built is not what was planned.
pub const VERIFICATION_FAILED: u8 = 6;
/// The guest did not do what it had to.
pub const GUEST_FAILED: u8 = 7;
/// A bug of this program.
pub const BUG: u8 = 70;
/// Stopped by a signal: 128 + SIGINT, as shells count.
pub const INTERRUPTED: u8 = 130;

/// Every exit code, and when it comes.
pub const TABLE: [(u8, &str); 10] = [
    (OK, "everything that was asked for is done"),
    (USER_ERROR, "the manifest, a fragment, a name, the machine: something that its user can put right"),
    (USAGE, "the arguments are not those of the command"),
    (
        LOCK_OUT_OF_DATE,
        "`--locked` or `--frozen`, and Kernel.lock would have to change; or a program is not of the version that is pinned",
    ),
    (SOURCE_INTEGRITY, "a source is not what its digest says"),
    (BUILD_FAILED, "make or cargo failed"),
    (VERIFICATION_FAILED, "what was built is not what was planned"),
    (GUEST_FAILED, "the guest did not do what it had to"),
    (BUG, "a bug of this program"),
    (INTERRUPTED, "stopped by a signal"),
];

/// The exit code of a kind of error.
pub(crate) fn code(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::User => USER_ERROR,
        ErrorKind::LockOutOfDate => LOCK_OUT_OF_DATE,
        ErrorKind::SourceIntegrity => SOURCE_INTEGRITY,
        ErrorKind::Build => BUILD_FAILED,
        ErrorKind::Verification => VERIFICATION_FAILED,
        ErrorKind::Guest => GUEST_FAILED,
        ErrorKind::Bug => BUG,
        ErrorKind::Interrupted => INTERRUPTED,
    }
}

/// The kind's name in JSON.
pub(crate) fn kind_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::User => "user-error",
        ErrorKind::LockOutOfDate => "lock-out-of-date",
        ErrorKind::SourceIntegrity => "source-integrity",
        ErrorKind::Build => "build-failed",
        ErrorKind::Verification => "verification-failed",
        ErrorKind::Guest => "guest-failed",
        ErrorKind::Bug => "bug",
        ErrorKind::Interrupted => "interrupted",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table() {
        let table: String =
            ErrorKind::ALL.iter().map(|kind| format!("{:>3} {}\n", code(*kind), kind_name(*kind))).collect();
        insta::assert_snapshot!(table, @r"
          1 user-error
          3 lock-out-of-date
          4 source-integrity
          5 build-failed
          6 verification-failed
          7 guest-failed
         70 bug
        130 interrupted
        ");
    }
}
