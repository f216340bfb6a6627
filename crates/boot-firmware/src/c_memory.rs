//! `memcpy` and its kin: what the compiler calls to copy, move, fill and compare memory, with the meaning that C gives
//! these names.
//!
//! The functions have names of their own, so that they can be tested on the host, beside the C library's. Only the
//! freestanding program has them under the names that the compiler looks for, and as labels that no other object file
//! sees: a C library that is linked as well does not clash.

#![allow(unsafe_code, reason = "assembly")]

use core::arch::global_asm;

// The System V calling convention: arguments in rdi, rsi, rdx; the result in rax; the direction flag is clear.
global_asm!(
    ".pushsection .text.c_memory, \"ax\", @progbits",
    // Backwards where the target overlaps the source's end.
    ".globl firmware_memmove",
    "firmware_memmove:",
    "    mov rax, rdi",
    "    sub rax, rsi",
    "    cmp rax, rdx",
    "    jae firmware_memcpy",
    "    mov rax, rdi",
    "    mov rcx, rdx",
    "    lea rdi, [rdi + rdx - 1]",
    "    lea rsi, [rsi + rdx - 1]",
    "    std",
    "    rep movsb",
    "    cld",
    "    ret",
    ".globl firmware_memcpy",
    "firmware_memcpy:",
    "    mov rax, rdi",
    "    mov rcx, rdx",
    "    rep movsb",
    "    ret",
    ".globl firmware_memset",
    "firmware_memset:",
    "    mov r8, rdi",
    "    mov eax, esi",
    "    mov rcx, rdx",
    "    rep stosb",
    "    mov rax, r8",
    "    ret",
    ".globl firmware_memcmp",
    "firmware_memcmp:",
    "    xor eax, eax", // also says "equal", for a count of 0
    "    mov rcx, rdx",
    "    repe cmpsb",
    "    je 2f",
    "    movzx eax, byte ptr [rdi - 1]",
    "    movzx ecx, byte ptr [rsi - 1]",
    "    sub eax, ecx",
    "2:  ret",
    ".popsection",
);

#[cfg(freestanding)]
global_asm!(
    ".set memmove, firmware_memmove",
    ".set memcpy, firmware_memcpy",
    ".set memset, firmware_memset",
    ".set memcmp, firmware_memcmp",
    ".set bcmp, firmware_memcmp",
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    unsafe extern "C" {
        fn firmware_memmove(to: *mut u8, from: *const u8, count: usize) -> *mut u8;
        fn firmware_memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8;
        fn firmware_memset(to: *mut u8, byte: i32, count: usize) -> *mut u8;
        fn firmware_memcmp(left: *const u8, right: *const u8, count: usize) -> i32;
    }

    proptest! {
        #[test]
        fn memory_moves_as_slices_do(bytes: [u8; 64], from in 0usize..=64, to in 0usize..=64, count in 0usize..=64) {
            let count = count.min(64 - from).min(64 - to);
            let (mut ours, mut expected) = (bytes, bytes);
            expected.copy_within(from..from + count, to);
            let target = ours[to..].as_mut_ptr();
            // SAFETY: both ranges are within the array.
            let result = unsafe { firmware_memmove(target, ours[from..].as_ptr(), count) };
            prop_assert_eq!((ours, result), (expected, target));

            let mut copy = [0; 64];
            // SAFETY: the same, in two arrays.
            let result = unsafe { firmware_memcpy(copy[to..].as_mut_ptr(), bytes[from..].as_ptr(), count) };
            prop_assert_eq!(&copy[to..to + count], &bytes[from..from + count]);
            prop_assert_eq!(result, copy[to..].as_mut_ptr());
            prop_assert!(copy[..to].iter().chain(&copy[to + count..]).all(|byte| *byte == 0));
        }

        #[test]
        fn memory_fills_as_slices_do(at in 0usize..=64, count in 0usize..=64, byte: i32) {
            let count = count.min(64 - at);
            let (mut ours, mut expected) = ([7; 64], [7; 64]);
            expected[at..at + count].fill(byte as u8);
            let target = ours[at..].as_mut_ptr();
            // SAFETY: the range is within the array.
            let result = unsafe { firmware_memset(target, byte, count) };
            prop_assert_eq!((ours, result), (expected, target));
        }

        #[test]
        fn memory_compares_as_slices_do(left in "[ab\u{80}]{0,4}", right in "[ab\u{80}]{0,4}") {
            let count = left.len().min(right.len());
            let (left, right) = (&left.as_bytes()[..count], &right.as_bytes()[..count]);
            // SAFETY: both have `count` bytes.
            let order = unsafe { firmware_memcmp(left.as_ptr(), right.as_ptr(), count) };
            prop_assert_eq!(order.cmp(&0), left.cmp(right));
        }
    }
}
