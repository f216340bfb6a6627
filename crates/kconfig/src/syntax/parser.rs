//! From tokens to entries.
//!
//! ```text
//! file       = [mainmenu] statement*
//! statement  = entry | source | assignment | if statement* endif          (parser)
//! entry      = config option* | comment option* | menu option* statement* endmenu
//!            | choice option* (config | comment | if)* endchoice          (entry, option)
//! ```
//!
//! A word that does not fit is reported and the rest of its line skipped, as `conf` does it, so that one run shows all
//! errors: a line that cannot begin an option ends the entry's options and is read as a statement; an error further
//! inside a line drops the entry that it belongs to. After an error, no other `syntax error` is said until three
//! tokens have been accepted.
//!
//! Invariants: blocks and expressions are built on stacks of their own, so deep nesting cannot exhaust this one's.

mod block;
mod entry;
mod expr;
mod option;
mod types;

use super::ast::{Ast, At, Node, SymbolId, SymbolType};
use super::dialect::{ChoiceEra, Dialect};
use super::lexer::Lexer;
use super::message::ParseFailed;
use super::names::Names;
use super::probes::{ProbeId, Probes};
use super::session::{Session, Stop};
use super::text::Text;
use super::token::{Keyword, Token};
use block::Block;

/// How many tokens must be accepted after an error before `syntax error` is said again.
const QUIET: u8 = 3;

/// Why a statement could not be read.
enum Failure {
    /// The present token does not fit; the statement is given up.
    Unexpected,
    /// The parse ends.
    Stop(Stop),
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

type Parsed<T> = Result<T, Failure>;

pub(super) struct Parser<'t> {
    lexer: Lexer<'t>,
    dialect: Dialect,
    names: Names,
    mainmenu: Option<Text>,
    /// The token that was looked at and not accepted yet.
    ahead: Option<Token>,
    quiet: u8,
    root: Vec<Node>,
    /// The blocks that are open, the outermost first.
    blocks: Vec<Block>,
    /// Where the entries begin that have not been ended: those of `blocks`, and those that were ended wrongly.
    entries: Vec<At>,
    /// The symbols that stand in for answers which were put off, in order.
    stand_ins: Vec<(SymbolId, ProbeId)>,
    /// The type of each symbol, by its id.
    types: Vec<Option<SymbolType>>,
    modules: Option<SymbolId>,
}

/// Parses a tree from its outermost file.
pub(super) fn parse(session: Session<'_>, root: &str, dialect: Dialect) -> Result<Ast, ParseFailed> {
    let lexer = Lexer::open(session, dialect, root).map_err(|session| failed(*session))?;
    let mut parser = Parser {
        lexer,
        dialect,
        names: Names::new(),
        mainmenu: None,
        ahead: None,
        quiet: 0,
        root: Vec::new(),
        blocks: Vec::new(),
        entries: Vec::new(),
        stand_ins: Vec::new(),
        types: Vec::new(),
        modules: None,
    };
    let end = parser.file();
    let Parser { lexer, names, mainmenu, root, stand_ins, .. } = parser;
    let session = lexer.session;
    match end {
        Ok(()) if session.errors > 0 => Err(failed(session)),
        Err(Stop) => Err(failed(session)),
        Ok(()) => Ok(Ast {
            files: session.files,
            names,
            mainmenu: mainmenu.unwrap_or_else(|| "Main menu".into()),
            root,
            env_used: session.env_used,
            deferred: commands(&session.probes, &stand_ins),
            probes: session.probes,
            messages: session.messages,
        }),
    }
}

/// The probes that symbols stand in for.
fn commands(probes: &Probes, stand_ins: &[(SymbolId, ProbeId)]) -> Vec<(SymbolId, Text)> {
    stand_ins.iter().map(|(symbol, probe)| (*symbol, probes.get(*probe).command.clone())).collect()
}

fn failed(session: Session<'_>) -> ParseFailed {
    ParseFailed { messages: session.messages, files: session.files, status: session.status }
}

impl Parser<'_> {
    fn file(&mut self) -> Result<(), Stop> {
        if self.peek()? == Token::Keyword(Keyword::Mainmenu) {
            match self.main_menu() {
                Ok(()) => {}
                // Nothing has been read yet that one could go back to.
                Err(Failure::Unexpected) => return self.syntax_error().map(drop),
                Err(Failure::Stop(stop)) => return Err(stop),
            }
        }
        while self.peek()? != Token::Eof {
            match self.statement() {
                Ok(()) => {}
                Err(Failure::Unexpected) => {
                    if !self.recover("invalid statement")? {
                        return Ok(());
                    }
                }
                Err(Failure::Stop(stop)) => return Err(stop),
            }
        }
        if !self.blocks.is_empty() {
            self.syntax_error()?;
            self.abandon_blocks();
        }
        Ok(())
    }

    fn main_menu(&mut self) -> Parsed<()> {
        self.accept()?;
        let text = self.quoted()?;
        self.end_line()?;
        self.mainmenu = Some(text);
        Ok(())
    }

    fn statement(&mut self) -> Parsed<()> {
        let in_choice = self.in_choice();
        match self.peek()? {
            Token::Keyword(Keyword::Config) => self.config(),
            Token::Keyword(Keyword::Comment) => self.comment(),
            Token::Keyword(Keyword::If) => self.open_if(),
            Token::Keyword(word @ (Keyword::Endif | Keyword::Endmenu | Keyword::Endchoice)) => {
                self.close(word)
            }
            Token::Keyword(Keyword::Menuconfig) if !in_choice => self.config(),
            Token::Keyword(Keyword::Menu) if !in_choice => self.open_menu(),
            Token::Keyword(Keyword::Choice) if !in_choice => self.open_choice(),
            Token::Keyword(Keyword::Source) if !in_choice => self.source(),
            Token::Word if !in_choice => self.assignment(),
            _ => Err(Failure::Unexpected),
        }
    }

    fn source(&mut self) -> Parsed<()> {
        self.accept()?;
        let path = self.quoted()?;
        self.end_line()?;
        Ok(self.lexer.enter(path.as_bytes())?)
    }

    fn assignment(&mut self) -> Parsed<()> {
        let name = self.word()?;
        let Some(op) = self.peek()?.operator() else { return self.unknown_statement(&name) };
        self.accept()?;
        let value = match self.peek()? {
            Token::Value => self.value()?,
            _ => Vec::new(),
        };
        match self.end_line() {
            Ok(()) => Ok(self.lexer.assign(name.as_bytes(), op, value)?),
            Err(Failure::Unexpected) => self.unknown_statement(&name),
            Err(stop) => Err(stop),
        }
    }

    fn unknown_statement(&mut self, name: &Text) -> Parsed<()> {
        let text = [b"unknown statement \"", name.as_bytes(), b"\""].concat();
        // At the end of the tree, the present token stays and ends the loop of statements.
        self.recover_with(&text).map(drop).map_err(Failure::Stop)
    }
}

/// Tokens.
impl Parser<'_> {
    fn peek(&mut self) -> Result<Token, Stop> {
        match self.ahead {
            Some(token) => Ok(token),
            None => Ok(*self.ahead.insert(self.lexer.next()?)),
        }
    }

    /// Takes the present token as it is.
    fn accept(&mut self) -> Result<Token, Stop> {
        let token = self.peek()?;
        self.ahead = None;
        self.quiet = self.quiet.saturating_sub(1);
        Ok(token)
    }

    fn expect(&mut self, wanted: Token) -> Parsed<()> {
        if self.peek()? == wanted {
            self.accept()?;
            Ok(())
        } else {
            Err(Failure::Unexpected)
        }
    }

    fn end_line(&mut self) -> Parsed<()> {
        self.expect(Token::Eol)
    }

    fn value(&mut self) -> Result<Vec<u8>, Stop> {
        self.accept()?;
        Ok(self.lexer.text().to_vec())
    }

    fn word(&mut self) -> Parsed<Text> {
        self.expect(Token::Word)?;
        Ok(self.lexer.text().into())
    }

    fn quoted(&mut self) -> Parsed<Text> {
        self.expect(Token::Quoted)?;
        Ok(self.lexer.text().into())
    }
}

/// Errors.
impl Parser<'_> {
    /// Says `syntax error`, unless one was said just before.
    fn syntax_error(&mut self) -> Result<(), Stop> {
        self.peek()?;
        if self.quiet == 0 {
            self.say_at_parser(b"syntax error");
        }
        self.quiet = QUIET;
        Ok(())
    }

    fn recover(&mut self, message: &str) -> Result<bool, Stop> {
        self.recover_with(message.as_bytes())
    }

    /// Skips the rest of the line and says what was wrong; false at the end of the tree.
    fn recover_with(&mut self, message: &[u8]) -> Result<bool, Stop> {
        self.syntax_error()?;
        loop {
            match self.peek()? {
                Token::Eol => {
                    self.accept()?;
                    self.lexer.session.error(self.lexer.statement(), message);
                    return Ok(true);
                }
                Token::Eof => {
                    self.abandon_blocks();
                    return Ok(false);
                }
                _ => self.ahead = None,
            }
        }
    }

    /// The parser's own errors: trees until 6.10 count a line too many.
    fn say_at_parser(&mut self, text: &[u8]) {
        let mut at = self.lexer.statement();
        if self.dialect.choice == ChoiceEra::Symbol {
            at.line += 1;
        }
        self.lexer.session.error(at, text);
    }
}
