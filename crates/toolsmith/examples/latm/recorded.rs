//! The recorded conversations of the paper: the function of each last message, called by our tools' `extract` and `render`.
use super::{Tally, answer, instances, tally};
use serde_json::Value;
use std::{error::Error, fs, path::Path};
use toolsmith::{Sandbox, Tool};

/// How a recorded function is called with what our `extract` finds.
struct Recording {
    file: &'static str,
    tool: &'static str,
    /// A `run` that calls it; or why there can be none.
    run: Result<&'static str, &'static str>,
}

const FUNCTIONS: &str = "its constraints are functions, which no arguments can hold";
const SWAPS: &str = "
def run(people, things, swaps, asked):
    return square_dance([[person, thing] for person, thing in zip(people, things)], swaps)[asked]
";

const RECORDINGS: [Recording; 8] = [
    Recording { file: "logical_deduction_five_objects", tool: "logical_deduction", run: Err(FUNCTIONS) },
    Recording { file: "logical_deduction_seven_objects", tool: "logical_deduction", run: Err(FUNCTIONS) },
    Recording { file: "tracking_shuffled_objects_five_objects", tool: "tracking", run: Ok(SWAPS) },
    Recording { file: "tracking_shuffled_objects_seven_objects", tool: "tracking", run: Ok(SWAPS) },
    Recording {
        file: "dyck_languages",
        tool: "dyck",
        run: Ok("
def run(sequence):
    return complete_sequence(sequence)
"),
    },
    Recording {
        file: "word_sorting",
        tool: "word_sorting",
        run: Ok("
def run(words):
    return sort_words_alphabetically(words)
"),
    },
    Recording {
        file: "chinese_remainder_theorem",
        tool: "remainder",
        run: Ok("
def run(most, conditions):
    divisors = [condition['divisor'] for condition in conditions]
    return find_number(most, divisors, [condition['remainder'] for condition in conditions])
"),
    },
    Recording {
        file: "schedule_meeting",
        tool: "scheduling",
        run: Ok("
def run(minutes, first, second):
    def clock(slots):
        return [[f'{time // 60:02d}:{time % 60:02d}' for time in slot] for slot in slots]
    found = find_earliest_time_slot(clock(first), clock(second), minutes)
    return None if found is None else [int(time[:2]) * 60 + int(time[3:]) for time in found]
"),
    },
];

/// Prints a line for each file.
///
/// # Errors
/// A file cannot be read, or holds no conversation.
pub(super) async fn report(sandbox: &Sandbox, folder: &Path, tools: &[Tool]) -> Result<(), Box<dyn Error>> {
    println!("| recorded tool | n | right | wrong | declined | failed | median | p99 | the first failure |");
    println!("|---|---|---|---|---|---|---|---|---|");
    for Recording { file, tool, run } in &RECORDINGS {
        let recorded = function(&folder.join(format!("{file}.maker.json")))?;
        let of_file = instances(folder, &[file])?;
        let ours = tools.iter().find(|ours| ours.name == *tool).ok_or("no such tool")?;
        let (run, why) = match run {
            Ok(run) => (*run, None),
            Err(why) => ("", Some(why)),
        };
        // our `extract` may ask our own `run` whether there is an answer: the recorded one comes beside it
        let code = format!("{recorded}\n{}\n{run}", ours.code.replace("run(", "our_run("));
        let code = if why.is_some() { format!("{recorded}\ndef extract(text):\n    return None\n") } else { code };
        let tally = tally(sandbox, &Tool { code, ..Tool::default() }, &of_file).await;
        let said = [why.map(|why| (*why).to_owned()), last_line(&tally)].into_iter().flatten().collect::<Vec<_>>();
        let n = of_file.len();
        let Tally { right, wrong, declined, failed, .. } = tally;
        let times = format!("{:.2} ms | {:.2} ms", tally.quantile(0.5), tally.quantile(0.99));
        let counts = match why {
            Some(_) => "unsupported | - | - | - | - | -".to_owned(),
            None => format!("{right} | {wrong} | {declined} | {failed} | {times}"),
        };
        println!("| {file} | {n} | {counts} | {} |", said.join("; "));
    }
    Ok(())
}

fn last_line(tally: &Tally) -> Option<String> {
    let fault = tally.fault.as_ref()?;
    Some(format!("{}: {}", fault.kind.word(), fault.message.trim_end().lines().last().unwrap_or_default()))
}

/// The first block of Python in the last message.
fn function(path: &Path) -> Result<String, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let messages: Value = serde_json::from_str(&text)?;
    let last = messages.as_array().and_then(|messages| messages.last()).and_then(|last| last["content"].as_str());
    let last = last.ok_or_else(|| format!("{}: a conversation expected", path.display()))?;
    Ok(answer::block(last, "python")?.to_owned())
}
