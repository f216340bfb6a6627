//! How long a download is waited for.
//!
//! Cargo's own variables are asked: `CARGO_NET_RETRY`, how often it is tried again, and `CARGO_HTTP_TIMEOUT` or
//! `HTTP_TIMEOUT`, how many seconds nothing may come.

use std::time::Duration;

use super::DownloadError;
use crate::env::Env;

/// The pauses before the first attempts that follow; the last one holds for all others.
const PAUSES: [u64; 4] = [500, 1500, 4000, 10_000];

/// How patient a download is.
#[derive(Debug, Clone)]
pub(super) struct Patience {
    /// For the name, the connection and its encryption.
    pub(super) connect: Duration,
    /// For the next bytes.
    pub(super) read: Duration,
    /// Before each further attempt.
    pub(super) pauses: Vec<Duration>,
    /// An attempt that brought as many bytes was worth it: the pauses begin anew.
    pub(super) worth: u64,
    /// Fewer bytes than these...
    pub(super) least: u64,
    /// ...in as long a time are as good as none.
    pub(super) window: Duration,
}

impl Patience {
    /// The patience that the environment asks for.
    pub(super) fn of(env: &Env) -> Result<Self, DownloadError> {
        let number = |name: &'static str, least: u16, expected: &'static str| {
            let Some(value) = env.get_filled(name) else { return Ok(None) };
            match value.parse::<u16>() {
                Ok(number) if number >= least => Ok(Some(number)),
                _ => Err(DownloadError::Variable { name, value: value.to_owned(), expected }),
            }
        };
        let retries = number("CARGO_NET_RETRY", 0, "how often to try again")?;
        let seconds = |name| number(name, 1, "how many seconds to wait, 1 at least");
        let timeout = match seconds("CARGO_HTTP_TIMEOUT")? {
            None => seconds("HTTP_TIMEOUT")?,
            told => told,
        };
        let mut patience = Self::default();
        if let Some(retries) = retries {
            let last = PAUSES[PAUSES.len() - 1];
            let pauses = PAUSES.into_iter().chain(std::iter::repeat(last)).take(retries.into());
            patience.pauses = pauses.map(Duration::from_millis).collect();
        }
        if let Some(seconds) = timeout {
            let seconds = Duration::from_secs(seconds.into());
            (patience.connect, patience.read) = (seconds, seconds);
        }
        Ok(patience)
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            read: Duration::from_secs(60),
            pauses: PAUSES.map(Duration::from_millis).to_vec(),
            worth: 1 << 20,
            least: 30 << 10,
            window: Duration::from_secs(30),
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::AbsPath;

    fn of(vars: &[(&str, &str)]) -> Result<Patience, String> {
        let env = Env::from_vars(vars.iter().copied(), AbsPath::new("/").expect("absolute"));
        Patience::of(&env).map_err(|error| error.to_string())
    }

    #[test]
    fn cargos_variables_are_followed() {
        let plain = of(&[("CARGO_NET_RETRY", "")]).unwrap();
        assert_eq!((plain.pauses.len(), plain.read.as_secs()), (4, 60));
        assert!(of(&[("CARGO_NET_RETRY", "0")]).unwrap().pauses.is_empty());
        let many = of(&[("CARGO_NET_RETRY", "6"), ("HTTP_TIMEOUT", "7")]).unwrap();
        assert_eq!((many.pauses[5].as_secs(), many.read.as_secs(), many.connect.as_secs()), (10, 7, 7));
        assert_eq!(of(&[("HTTP_TIMEOUT", "7"), ("CARGO_HTTP_TIMEOUT", "9")]).unwrap().read.as_secs(), 9);
        let wrong = [("CARGO_NET_RETRY", "often"), ("CARGO_HTTP_TIMEOUT", "0"), ("HTTP_TIMEOUT", "1.5")];
        let texts = wrong.map(|var| of(&[var]).unwrap_err());
        insta::assert_snapshot!(texts.join("\n"), @r"
        found `CARGO_NET_RETRY=often` in the environment, expected how often to try again
        found `CARGO_HTTP_TIMEOUT=0` in the environment, expected how many seconds to wait, 1 at least
        found `HTTP_TIMEOUT=1.5` in the environment, expected how many seconds to wait, 1 at least
        ");
    }
}
