//! `kernel config fix`.

use kconfig::fix::{Outcome, text};
use kconfig::{Symbol, Value};

use super::{Configuration, asked, engine, json, plain, split, symbol};
use crate::args::FixArgs;
use crate::commands::Context;
use crate::failure::{CommandError, Failure};
use crate::message::Message;
use crate::text as words;

/// Proposes what else to set so that requests land.
pub(super) fn fix(context: &Context<'_>, args: &FixArgs) -> Result<(), CommandError> {
    let tree = plain(context, &args.plain)?;
    let (name, requests) = split(&args.words, tree.as_ref())?;
    let configuration = asked(context, &args.plain, tree.as_ref(), &args.config, name, &args.host)?;
    let wanted = requests.iter().map(|word| request(&configuration, word)).collect::<Result<Vec<_>, _>>()?;
    let proposals = configuration.fix(&wanted).map_err(engine)?;
    let shell = &context.shell;
    let shown = proposals.iter().map(|found| text(&found.outcome, &found.symbol, &found.value));
    shell.data(&shown.collect::<Vec<_>>().join("\n"));
    for found in &proposals {
        shell.message(&Message::ConfigFix { name: configuration.name(), proposal: json::proposal(found) });
    }
    let unmet = proposals.iter().filter(|found| !matches!(found.outcome, Outcome::Fixed(_))).count();
    if unmet > 0 {
        let requests = words::count(unmet, "request");
        return Err(Failure::user(format!("{requests} of {} cannot be met", proposals.len())).into());
    }
    Ok(())
}

fn request(configuration: &Configuration, word: &str) -> Result<(Symbol, Value), CommandError> {
    let Some((name, value)) = word.split_once('=') else {
        return Err(Failure::user(format!("`{word}` is no request: expected `SYMBOL=VALUE`")).into());
    };
    let symbol = symbol(name)?;
    let value = configuration.value(&symbol, value);
    let value = value.map_err(|error| CommandError::from(Failure::user(error.to_string())))?;
    Ok((symbol, value))
}
