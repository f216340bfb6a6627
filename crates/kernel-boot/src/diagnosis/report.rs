//! A kernel's report of what went wrong: the places in it.
//!
//! ```text
//! RIP: 0010:0xffffffff81012345           without CONFIG_KALLSYMS (arch/x86/kernel/dumpstack.c)
//! RIP: 0010:panic+0x1c/0x40              with it
//! Call Trace:
//!  <TASK>
//!  ? 0xffffffff8100abcd                  a word on the stack that may be a return address
//!  do_one_initcall+0x40/0x200
//! Kernel Offset: 0x1e000000 from …       KASLR: addresses are that much higher than in System.map
//! ```
//!
//! arm64 says `pc : ` and `lr : `, riscv `epc : ` and ` ra : `, where x86 says `RIP`.

use super::lines::SourceLines;
use super::symbols::Symbols;
use crate::judge::ConsoleLine;

/// Heads of reports with places (`kernel/panic.c`, `lib/bug.c`, `arch/x86/kernel/dumpstack.c`, `kernel/rcu/tree_stall.h`).
const HEADS: [&str; 8] = [
    "WARNING: CPU: ",
    "BUG: ",
    "kernel BUG at ",
    "Oops: ",
    "Internal error: Oops",
    "general protection fault",
    "rcu: INFO: ",
    "INFO: task ",
];

/// What every panic says (`kernel/panic.c`).
pub(crate) const PANIC: &str = "Kernel panic - not syncing: ";

/// The most places that are told.
const MOST: usize = 32;

/// Whether there is a report at all.
pub(super) fn is_there(lines: &[ConsoleLine]) -> bool {
    lines.iter().any(|line| is_head(said(&line.text)))
}

/// The places of the first report, in order; without the words on its stack that only may be places where there are others.
pub fn trace(lines: &[ConsoleLine], symbols: &Symbols, sources: Option<&SourceLines<'_>>) -> Vec<String> {
    let Some(start) = lines.iter().position(|line| is_head(said(&line.text))) else { return Vec::new() };
    let report = &lines[start..];
    let end = report.iter().position(|line| said(&line.text).starts_with("---[ end "));
    let report = &report[..end.unwrap_or(report.len())];
    let offset = lines.iter().find_map(|line| kernel_offset(said(&line.text))).unwrap_or(0);
    let places: Vec<Place<'_>> = report.iter().filter_map(|line| place(said(&line.text))).collect();
    let is_sure = places.iter().any(|place| !place.is_guess && place.register.is_none());
    let mut trace: Vec<String> = Vec::new();
    for place in places.iter().filter(|place| !(is_sure && place.is_guess)) {
        let Some(text) = place.decoded(offset, symbols, sources) else { continue };
        if trace.len() < MOST && trace.last() != Some(&text) {
            trace.push(text);
        }
    }
    trace
}

/// A line without the time and the processor or task that the kernel puts before it.
pub(crate) fn said(line: &str) -> &str {
    let mut rest = line.trim_end();
    while let Some((head, text)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let head = head.trim_start();
        let is_stamp = head.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            || head.strip_prefix(['T', 'C']).is_some_and(|number| number.parse::<u32>().is_ok());
        if head.is_empty() || !is_stamp {
            return rest;
        }
        rest = text.strip_prefix(' ').unwrap_or(text);
    }
    rest
}

fn is_head(text: &str) -> bool {
    text.contains(PANIC) || HEADS.iter().any(|head| text.starts_with(head))
}

/// Whether a console line is one in which a kernel complains of itself, a panic aside; what it says, without its time.
pub fn complaint(line: &str) -> Option<&str> {
    let text = said(line);
    HEADS.iter().any(|head| text.starts_with(head)).then_some(text)
}

fn kernel_offset(text: &str) -> Option<u64> {
    let hex = text.strip_prefix("Kernel Offset: 0x")?.split_ascii_whitespace().next()?;
    u64::from_str_radix(hex, 16).ok()
}

/// One place of a report.
struct Place<'a> {
    /// `RIP`, `pc`, …; absent for a word of the stack.
    register: Option<&'static str>,
    /// Whether the kernel is not sure.
    is_guess: bool,
    at: At<'a>,
}

enum At<'a> {
    Address(u64),
    Symbol { name: &'a str, offset: u64 },
}

fn place(text: &str) -> Option<Place<'_>> {
    const REGISTERS: [(&str, &str); 5] =
        [("RIP: 0010:", "RIP"), ("pc : ", "pc"), ("lr : ", "lr"), ("epc : ", "epc"), ("ra : ", "ra")];
    for (start, register) in REGISTERS {
        if let Some(rest) = text.trim_start().strip_prefix(start) {
            return Some(Place { register: Some(register), is_guess: false, at: at(rest)? });
        }
    }
    let word = text.strip_prefix(' ')?.trim_start();
    let (is_guess, word) = match word.strip_prefix("? ") {
        Some(word) => (true, word),
        None => (false, word),
    };
    // A word of the stack stands alone, but for the name of its module.
    let alone = word.split_once(' ').is_none_or(|(_, rest)| rest.starts_with('['));
    alone.then(|| at(word)).flatten().map(|at| Place { register: None, is_guess, at })
}

fn at(word: &str) -> Option<At<'_>> {
    let word = word.split_ascii_whitespace().next()?;
    if let Some(hex) = word.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok().map(At::Address);
    }
    let (name, rest) = word.split_once("+0x")?;
    let (offset, _size) = rest.split_once("/0x")?;
    Some(At::Symbol { name, offset: u64::from_str_radix(offset, 16).ok()? })
}

impl Place<'_> {
    /// `RIP panic+0x1c (kernel/panic.c:300)`; absent for an address that is no code of the kernel, save a register's.
    fn decoded(&self, kaslr: u64, symbols: &Symbols, sources: Option<&SourceLines<'_>>) -> Option<String> {
        // What is on a stack is where a call returns to: the call itself is the instruction before.
        let call = if self.register.is_some() { 0 } else { 1 };
        let (text, address) = match &self.at {
            At::Symbol { name, offset } => {
                (format!("{name}+{offset:#x}"), symbols.address(name).map(|start| start + offset))
            }
            At::Address(found) => {
                let address = found.wrapping_sub(kaslr);
                // A call that does not return is the last instruction of its function.
                match symbols.at(address.wrapping_sub(call)) {
                    Some((name, offset)) => (format!("{name}+{:#x}", offset + call), Some(address)),
                    None if self.register.is_some() => (format!("{found:#x}, no code of the kernel"), None),
                    None => return None,
                }
            }
        };
        let source = address.and_then(|address| sources?.at(address.wrapping_sub(call)));
        let register = self.register.map(|name| format!("{name} ")).unwrap_or_default();
        let guess = if self.is_guess { "? " } else { "" };
        let source = source.map(|source| format!(" ({source})")).unwrap_or_default();
        Some(format!("{register}{guess}{text}{source}"))
    }
}

#[cfg(test)]
mod tests;
