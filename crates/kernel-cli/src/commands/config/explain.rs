//! `kernel config explain`.

use super::{asked, engine, json, plain, split, symbol};
use crate::args::ExplainArgs;
use crate::commands::Context;
use crate::failure::CommandError;
use crate::message::Message;

/// Says why symbols have their values.
pub(super) fn explain(context: &Context<'_>, args: &ExplainArgs) -> Result<(), CommandError> {
    let tree = plain(context, &args.of.plain)?;
    let (name, words) = split(&args.words, tree.as_ref())?;
    let symbols = words.iter().map(|word| symbol(word)).collect::<Result<Vec<_>, _>>()?;
    let configuration = asked(context, &args.of, tree.as_ref(), name)?;
    let explanations = configuration.explain(&symbols).map_err(engine)?;
    let texts: Vec<String> = explanations.iter().map(|found| configuration.text_of(found)).collect();
    context.shell.data(&texts.join("\n"));
    for found in &explanations {
        let explanation = json::explanation(found);
        context.shell.message(&Message::ConfigExplained { name: configuration.name(), explanation });
    }
    Ok(())
}
