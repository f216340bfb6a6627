//! JSON held against a JSON Schema, by a validator of others.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::run::Run;

/// What of these instances a schema does not allow: a line for each, beginning with the instance's name.
pub fn invalid(schema: &Value, instances: &[(String, Value)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, value: &Value| {
        let path = folder.path().join(name);
        fs::write(&path, value.to_string()).unwrap();
        path
    };
    let mut command = Command::new("jsonschema");
    command.args(["--error-format", "{file_name}\t{error.message}\n"]);
    for (index, (_, value)) in instances.iter().enumerate() {
        command.arg("--instance").arg(put(&format!("{index}.json"), value));
    }
    command.arg(put("schema", schema)).env("PYTHONWARNINGS", "ignore");
    let run = Run::new(&command.output().unwrap());
    let found: Vec<String> = run
        .stderr
        .lines()
        .map(|line| {
            let known = line.split_once('\t').and_then(|(path, message)| {
                let index = path.rsplit('/').next()?.strip_suffix(".json")?.parse::<usize>().ok()?;
                Some(format!("{}: {message}", instances.get(index)?.0))
            });
            known.unwrap_or_else(|| line.to_owned())
        })
        .collect();
    assert_eq!(run.code == Some(0), found.is_empty(), "{}{}", run.stdout, run.stderr);
    found
}
