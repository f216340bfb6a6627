//! `kernel config layers`: where each request comes from, and which of them count.

use kconfig::layers::{ConflictKind, Entry, Layer, Need, Priority};
use kconfig::{Merged, Symbol};
use kernel_build::Configuration;
use serde_json::{Value, json};

use super::{of_kernel, symbol, the_kernel};
use crate::args::LayersArgs;
use crate::commands::{Asked, Context};
use crate::failure::CommandError;
use crate::message::Message;
use crate::setup::Consent;

/// Lists the layers of a kernel, the weakest first.
pub(super) fn layers(context: &Context<'_>, args: &LayersArgs) -> Result<(), CommandError> {
    let wanted = args.symbol.as_deref().map(symbol).transpose()?;
    let asked = Asked { probes: Some(&args.probes), one_off: &args.config, ..Asked::default() };
    let bench = context.open(asked, Consent::of(&args.host, context.env))?;
    let kernel = the_kernel(&bench, args.name.as_deref())?;
    let configuration = of_kernel(context, &bench, &args.host, &kernel)?;
    let layers = picked(configuration.layers(), wanted.as_ref());
    context.shell.data(render(&layers, &configuration, wanted.as_ref()).trim_end());
    let layers = layers.iter().map(|layer| object(layer, configuration.merged())).collect();
    context.shell.message(&Message::ConfigLayers { name: configuration.name(), layers });
    Ok(())
}

/// The layers that speak of a symbol, and what they say of it; without a symbol, all.
fn picked(layers: &[Layer], symbol: Option<&Symbol>) -> Vec<Layer> {
    let of_symbol = |layer: &Layer| Layer {
        entries: layer
            .entries
            .iter()
            .filter(|entry| symbol.is_none_or(|symbol| entry.symbol == *symbol))
            .cloned()
            .collect(),
        ..layer.clone()
    };
    layers.iter().map(of_symbol).filter(|layer| !layer.entries.is_empty()).collect()
}

fn render(layers: &[Layer], configuration: &Configuration, symbol: Option<&Symbol>) -> String {
    let entries = layers.iter().flat_map(|layer| &layer.entries);
    let width = entries.map(|entry| entry.to_string().chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for layer in layers {
        text += &format!("{}: {}\n", layer.kind.as_str(), layer.name);
        for entry in &layer.entries {
            let said = entry.to_string();
            let words = words(entry, configuration.merged());
            text += format!("  {said:width$}   {}   {words}", entry.origin).trim_end();
            text.push('\n');
        }
    }
    if let Some(symbol) = symbol {
        let value = configuration.resolved().get(symbol).map_or_else(|| "n".to_owned(), ToString::to_string);
        text += &format!("resolved: CONFIG_{symbol}={value}\n");
    }
    text
}

/// How it is asked for, and who wins over it.
fn words(entry: &Entry, merged: &Merged) -> String {
    let mut words = Vec::new();
    if entry.priority != Priority::Normal {
        words.push(entry.priority.as_str().to_owned());
    }
    if entry.need == Need::Optional {
        words.push("optional".to_owned());
    }
    words.extend(entry.reason.as_ref().map(|reason| format!("({reason})")));
    words.extend(winner(entry, merged).map(|(kind, won)| match kind {
        ConflictKind::Redundant => format!("repeated at {}", won.origin),
        kind => format!("{} by {won} at {}", kind.as_str(), won.origin),
    }));
    words.join(", ")
}

fn winner<'a>(entry: &Entry, merged: &'a Merged) -> Option<(ConflictKind, &'a Entry)> {
    let lost = |lost: &Entry| lost.symbol == entry.symbol && lost.origin == entry.origin;
    let found = merged.conflicts.iter().find(|conflict| lost(&conflict.lost))?;
    Some((found.kind, &found.won))
}

fn object(layer: &Layer, merged: &Merged) -> Value {
    let entry = |entry: &Entry| {
        let lost = winner(entry, merged).map(
            |(kind, won)| json!({ "kind": kind.as_str(), "path": won.origin.path, "line": won.origin.line }),
        );
        json!({
            "symbol": entry.symbol.config_name(),
            "asked": entry.ask.to_string(),
            "path": entry.origin.path,
            "line": entry.origin.line,
            "priority": entry.priority.as_str(),
            "optional": entry.need == Need::Optional,
            "reason": entry.reason,
            "lost": lost,
        })
    };
    let entries: Vec<Value> = layer.entries.iter().map(entry).collect();
    json!({ "kind": layer.kind.as_str(), "name": layer.name, "entries": entries })
}
