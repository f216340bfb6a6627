//! Which proxy a download goes through.
//!
//! As `curl` does it: the variable of the address's scheme (`HTTPS_PROXY`, `HTTP_PROXY`), else `ALL_PROXY`, lower case
//! first; unless `NO_PROXY` names the host, a domain above it, or `*`. A redirection stays with the choice.

use ureq::Proxy;

use super::DownloadError;
use crate::env::Env;

/// Returns the proxy for an address.
pub(super) fn of(url: &str, env: &Env) -> Result<Option<Proxy>, DownloadError> {
    let Some((variable, address)) = choose(url, env) else { return Ok(None) };
    let proxy = Proxy::new(address);
    proxy.map(Some).map_err(|_| DownloadError::Proxy { variable, address: address.to_owned() })
}

/// Returns the variable that names the proxy, and its value.
fn choose<'e>(url: &str, env: &'e Env) -> Option<(String, &'e str)> {
    let (scheme, rest) = url.split_once("://")?;
    let set = |name: &str| {
        [name.to_lowercase(), name.to_owned()]
            .into_iter()
            .find_map(|name| env.get_filled(&name).map(|value| (name, value)))
    };
    if set("NO_PROXY").is_some_and(|(_, list)| is_excepted(host(rest), list)) {
        return None;
    }
    set(&format!("{}_PROXY", scheme.to_uppercase())).or_else(|| set("ALL_PROXY"))
}

/// `user@host:port/path` → `host`.
fn host(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = authority.rsplit('@').next().unwrap_or_default();
    match place.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => place.split(':').next().unwrap_or_default(),
    }
}

fn is_excepted(host: &str, list: &str) -> bool {
    list.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        let domain = entry.trim_start_matches("*.").trim_start_matches('.');
        let below = host.len() > domain.len()
            && host[..host.len() - domain.len()].ends_with('.')
            && host.to_lowercase().ends_with(&domain.to_lowercase());
        entry == "*" || host.eq_ignore_ascii_case(domain) || below
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AbsPath;

    #[test]
    fn the_scheme_and_the_exceptions_decide() {
        type Vars<'a> = &'a [(&'a str, &'a str)];
        let table: &[(Vars<'_>, &str, Option<&str>)] = &[
            (&[], "https://cdn.kernel.org/x", None),
            (
                &[("HTTPS_PROXY", "http://p:1"), ("HTTP_PROXY", "http://q:1")],
                "https://a/x",
                Some("http://p:1"),
            ),
            (
                &[("HTTPS_PROXY", "http://p:1"), ("HTTP_PROXY", "http://q:1")],
                "http://a/x",
                Some("http://q:1"),
            ),
            (
                &[("https_proxy", "http://l:1"), ("HTTPS_PROXY", "http://u:1")],
                "https://a/x",
                Some("http://l:1"),
            ),
            (&[("HTTPS_PROXY", "")], "https://a/x", None),
            (&[("ALL_PROXY", "socks5://p:1")], "https://a/x", Some("socks5://p:1")),
            (&[("ALL_PROXY", "p:1"), ("NO_PROXY", "*")], "https://a/x", None),
            (&[("ALL_PROXY", "p:1"), ("no_proxy", "b.org, kernel.org")], "https://cdn.kernel.org:8/x", None),
            (&[("ALL_PROXY", "p:1"), ("no_proxy", ".kernel.org")], "https://kernel.org/x", None),
            (&[("ALL_PROXY", "p:1"), ("no_proxy", "kernel.org")], "https://mykernel.org/x", Some("p:1")),
            (&[("ALL_PROXY", "p:1"), ("NO_PROXY", "127.0.0.1,::1")], "http://[::1]:80/x", None),
            (&[("ALL_PROXY", "p:1"), ("NO_PROXY", "localhost")], "http://u:p@localhost/x", None),
        ];
        for (vars, url, expected) in table {
            let env = Env::from_vars(vars.iter().copied(), AbsPath::new("/").unwrap());
            assert_eq!(choose(url, &env).map(|(_, address)| address), *expected, "{vars:?} {url}");
        }
    }

    #[test]
    fn a_proxy_that_is_none_is_named_by_its_variable() {
        let env = Env::from_vars([("ALL_PROXY", "ftp://p:1")], AbsPath::new("/").unwrap());
        insta::assert_snapshot!(of("https://a/x", &env).unwrap_err(), @"found `ftp://p:1` in `ALL_PROXY`, expected the address of a proxy, such as `http://proxy.example:3128`");
    }
}
