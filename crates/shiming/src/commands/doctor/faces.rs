//! The face networks: is each in its place, and does it compute here what it should?

use std::path::Path;

use shiming_face::{Entry, FileState, Inference, List, ModelError};

use super::Findings;
use crate::{config::Config, faces, trouble::chain};

pub(super) fn look(config: &Config, findings: &mut Findings) {
    // What is wrong with the settings is told elsewhere.
    let Ok(settings) = config.face.settings() else { return };
    let Some(folder) = &config.face.models else {
        return findings.ok("portraits", "none are compared: [face] models names no folder");
    };
    let list = match List::of(folder) {
        Ok(list) => list,
        Err(error) => return bad(findings, &error),
    };
    let needed = match list.needed(&settings) {
        Ok(needed) => needed,
        Err(error) => return bad(findings, &error),
    };
    let mut missing = Vec::new();
    for entry in needed {
        match entry.state(folder) {
            Ok(FileState::Whole) => {}
            Ok(FileState::Missing) => missing.push(entry.file()),
            Ok(FileState::Other) => other(folder, entry, findings),
            Err(error) => bad(findings, &error),
        }
    }
    if !missing.is_empty() {
        let what = format!("{} does not hold {}", folder.display(), missing.join(", "));
        return findings.bad("portraits", what, "shiming models fetch, or shiming models install DIR");
    }
    match faces::engine(&config.face) {
        Ok(Some(engine)) => {
            let by = match &engine.settings().inference {
                Inference::Rten => engine.model().to_owned(),
                Inference::Onnxruntime(library) => format!("{}, run by {}", engine.model(), library.display()),
            };
            findings.ok("portraits", format!("compared by {by}; its results are right on this machine"));
        }
        Ok(None) => {}
        Err(trouble) => findings.trouble("portraits", &trouble),
    }
}

fn other(folder: &Path, entry: &Entry, findings: &mut Findings) {
    let what = format!("{} is not the file of the list", folder.join(entry.file()).display());
    findings.bad("portraits", what, "shiming models fetch: it puts the right one there");
}

fn bad(findings: &mut Findings, error: &ModelError) {
    findings.bad("portraits", chain(error), "shiming models list");
}
