//! A PostgreSQL server in a folder of its own, for as long as a test runs.
use std::{
    fs,
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

pub(crate) struct Server {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
}

impl Server {
    /// None where PostgreSQL is not installed.
    pub(crate) fn start() -> Option<Self> {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|v| v.path().join("bin"));
        let programs = versions.filter(|bin| bin.join("initdb").exists()).max()?;
        let folder = tempfile::tempdir().expect("a folder");
        if root(folder.path()) {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).expect("a folder for nobody");
        }
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let server = Self { programs, folder, port };
        let data = server.data();
        server.run("initdb", &["-D", &data, "-U", "ledger", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]);
        let options = format!("-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off");
        let log = server.folder.path().join("log").display().to_string();
        server.run("pg_ctl", &["start", "-w", "-s", "-D", &data, "-o", &options, "-l", &log]);
        Some(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://ledger@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    /// As after a crash, and back again.
    pub(crate) fn restart(&self) {
        self.run("pg_ctl", &["restart", "-w", "-s", "-m", "immediate", "-D", &self.data()]);
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(self.programs.join(program));
        command.args(arguments).current_dir(self.folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        if root(Path::new("/proc/self")) {
            command.uid(NOBODY).gid(NOBODY); // the server refuses to run as root
        }
        assert!(command.status().expect("PostgreSQL's program").success(), "{program} {arguments:?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.run("pg_ctl", &["stop", "-w", "-s", "-m", "immediate", "-D", &self.data()]);
    }
}

const NOBODY: u32 = 65534;

fn root(path: &Path) -> bool {
    fs::metadata(path).expect("who we are").uid() == 0
}
