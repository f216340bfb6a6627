//! The parsers of image headers: arbitrary bytes are facts or an error, and every contract has an answer to facts.
#![no_main]

use boot_contract::contract::{self, CONTRACTS};
use boot_contract::image::{embedded_config, inspect};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(config) = embedded_config(bytes) {
        assert!(config.len() < bytes.len());
    }
    let Ok(facts) = inspect(bytes) else { return };
    for contract in CONTRACTS.iter().copied().flatten() {
        let violations = contract::check(&facts, contract);
        assert_eq!(violations.is_empty(), contract.way(&facts).is_some());
        for violation in violations.into_iter().chain(contract::check_memory(&facts, contract, 1 << 27)) {
            assert!(!violation.to_string().is_empty() && !violation.mend.to_string().is_empty());
        }
    }
});
