//! Somebody types at the terminal of a guest's command.
//!
//! ```text
//! standard input ─ keys ─▶ `in …`, `size …` ─▶ the VMM's standard input: the guest's serial port ─▶ its init
//! ```
//!
//! Ctrl-C is the guest's; `Ctrl-A x` is the way out where the guest does not end, and `Ctrl-A Ctrl-A` is one for the guest.

use boot_contract::guest::{LONGEST_PIECE, TerminalSize, Typed};
use kernel_host::cancel::Cancel;
use kernel_host::process::StdinPipe;
use kernel_host::terminal::{Input, Size, Taken, Terminal};

use crate::error::BootError;

const ESCAPE: u8 = 0x01;
const END_OF_FILE: u8 = 0x04;

/// Takes the terminal, until what is returned is dropped; `leave` is requested by whoever wants to go.
pub(crate) fn begin(terminal: &Terminal, mut to: StdinPipe, leave: Cancel) -> Result<Taken, BootError> {
    let mut keys = Keys::default();
    // A guest that has ended hears nothing: its end is told otherwise.
    let _ = to.write(sized(terminal.size()).to_line().as_bytes());
    let hand_on = move |input: Input| {
        let typed = match input {
            Input::Keys(pressed) => match keys.press(&pressed) {
                Some(bytes) => bytes,
                None => return leave.request(),
            },
            Input::End => vec![END_OF_FILE],
            Input::Size(size) => {
                let _ = to.write(sized(size).to_line().as_bytes());
                return;
            }
        };
        for piece in typed.chunks(LONGEST_PIECE) {
            let _ = to.write(Typed::Bytes(piece.to_vec()).to_line().as_bytes());
        }
    };
    terminal.take(hand_on).map_err(BootError::Terminal)
}

fn sized(Size { rows, columns }: Size) -> Typed {
    Typed::Size(TerminalSize { rows, columns })
}

/// What was pressed, without what is not for the guest.
#[derive(Default)]
struct Keys {
    escaped: bool,
}

impl Keys {
    /// What of it is the guest's; `None` where somebody wants to go.
    fn press(&mut self, pressed: &[u8]) -> Option<Vec<u8>> {
        let mut passed = Vec::new();
        for &key in pressed {
            match (std::mem::take(&mut self.escaped), key) {
                (true, b'x' | b'X') => return None,
                (true, ESCAPE) => passed.push(ESCAPE),
                (true, _) => passed.extend([ESCAPE, key]),
                (false, ESCAPE) => self.escaped = true,
                (false, _) => passed.push(key),
            }
        }
        Some(passed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pressed_is_the_guests_but_for_the_way_out() {
        let mut keys = Keys::default();
        assert_eq!(keys.press(b"ls\r\x03").as_deref(), Some(&b"ls\r\x03"[..]));
        assert_eq!(keys.press(b"a\x01").as_deref(), Some(&b"a"[..]));
        assert_eq!(keys.press(b"\x01b").as_deref(), Some(&b"\x01b"[..]), "twice: one for the guest");
        assert_eq!(keys.press(b"\x01k").as_deref(), Some(&b"\x01k"[..]), "nothing of ours");
        assert_eq!(keys.press(b"x\x01x"), None);
    }
}
