//! Runs the program in a folder of its own, away from the user's configuration.
use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

/// A folder that is removed in the end.
pub(crate) struct Place(pub(crate) PathBuf);

impl Place {
    /// A new folder for the test `name`.
    pub(crate) fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("kinglet-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a folder");
        Self(dir)
    }

    /// Writes a file here.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let file = self.0.join(name);
        std::fs::create_dir_all(file.parent().expect("below the folder")).expect("a folder");
        std::fs::write(file, text).expect("written");
    }

    /// The program with `args`, started here.
    pub(crate) fn kinglet(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kinglet"));
        let home = [("HOME", "home"), ("XDG_CONFIG_HOME", "config"), ("XDG_DATA_HOME", "data")];
        command.args(args).current_dir(&self.0).envs(home.map(|(name, dir)| (name, self.0.join(dir))));
        command.env_remove("KINGLET_MODELS").stdin(Stdio::null());
        command
    }

    /// Runs the program with `input` to the end.
    pub(crate) fn run(&self, args: &[&str], input: &str) -> Told {
        told(&mut self.kinglet(args), input)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0); // what is left is in the folder for such things
    }
}

/// What the program said, and its exit code.
pub(crate) struct Told {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: Option<i32>,
}

/// Runs `command` with `input` to the end.
pub(crate) fn told(command: &mut Command, input: &str) -> Told {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the program starts");
    // a program that ends without reading has closed the pipe, and that is its right
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().expect("the program ends");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Told { out: text(stdout), err: text(stderr), code: status.code() }
}
