//! A tool's code as a syntax tree, on a thread of its own: trees may be as deep as code is long, and so must be the stack.
use crate::finding::{Finding, FindingKind};
use ruff_python_ast::ModModule;
use ruff_python_parser::{Mode, ParseOptions, parse};
use ruff_text_size::TextSize;
use std::thread::{Builder, scope};

/// Most bytes of code.
pub(crate) const MOST_CODE: usize = 32 << 10;
/// Stack for a tree with a level for every second byte of that.
const STACK: usize = 256 << 20;
/// Brackets within brackets, blocks within blocks.
const MOST_NESTED: u16 = 80;

/// What `look` finds in the tree of `code`.
///
/// # Errors
/// Where it cannot be read: why, in a finding.
pub(crate) fn look<T: Send>(code: &str, look: impl FnOnce(&ModModule) -> T + Send) -> Result<T, Finding> {
    if code.len() > MOST_CODE {
        let message = format!("{} bytes of code, {MOST_CODE} at most: write a rule, not a table", code.len());
        return Err(Finding::new(FindingKind::Code, message));
    }
    let failed = || Finding::new(FindingKind::Sandbox, "no thread to read the code with");
    scope(|scope| {
        let read = Builder::new().stack_size(STACK).spawn_scoped(scope, || read(code).map(|module| look(&module)));
        read.map_err(|_| failed())?.join().unwrap_or_else(|_| Err(failed()))
    })
}

/// Reads code; only on a thread that [`look`] made.
pub(crate) fn read(code: &str) -> Result<ModModule, Finding> {
    let options = ParseOptions::from(Mode::Module).with_max_recursion_depth(MOST_NESTED);
    let parsed = parse(code, options).map_err(|error| {
        Finding::at(line(code, error.location.start()), FindingKind::Code, format!("not Python: {}", error.error))
    })?;
    let module = parsed.try_into_module().ok_or_else(|| Finding::new(FindingKind::Code, "not a module of Python"))?;
    Ok(module.into_syntax())
}

/// The line of a place in `code`, from 1.
pub(crate) fn line(code: &str, place: TextSize) -> usize {
    code.bytes().take(place.to_usize()).filter(|&byte| byte == b'\n').count() + 1
}
