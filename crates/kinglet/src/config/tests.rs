//! What a file may say, and how a fault in it is told.
use super::*;

fn read(text: &str) -> Result<Config, String> {
    let known = ["KINGLET_KEY", "KINGLET_ADMIN", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"];
    let variable = |name: &str| known.contains(&name).then(|| "s3cret".to_owned());
    Config::read(text, "dir/kinglet.toml".into(), &variable)
}

fn fault(text: &str) -> String {
    read(text).err().unwrap_or_else(|| panic!("read without a fault: {text}"))
}

#[test]
fn the_documented_example_is_read_and_holds_every_key() {
    let docs = include_str!("../../../../docs/configuration.md");
    let example = docs.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let config = read(example).expect("a valid example");
    for key in KEYS {
        assert!(config.said_by.contains_key(key.name), "docs/configuration.md lacks {}", key.name);
        // what has a default of its own is shown with it
        let default = (key.show)(&Config::default()).filter(|shown| shown != "[]");
        assert!(default.is_none() || default == (key.show)(&config), "{}: not the default", key.name);
    }
    assert!(KEYS.len() <= 38, "few dials");
    assert_eq!((config.api_keys[0].as_str(), config.context), ("s3cret", Some(2048)));
}

#[test]
fn the_documented_gateway_is_read_and_shown_without_secrets() {
    let docs = include_str!("../../../../docs/gateway.md");
    let mut examples = docs.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let config = read(examples.next().expect("an example")).expect("a valid example");
    let routes = config.elsewhere.routes(Some("smollm2-135m")).expect("they fit together");
    let targets: Vec<_> = routes.targets().map(ToString::to_string).collect();
    let expected = ["smollm2-135m", "openai/gpt-4o-mini", "claude/claude-3-5-haiku-20241022", "openai/gpt-4o-mini"];
    assert_eq!(targets, expected);
    let shown = config.show();
    assert!(!shown.contains("s3cret") && shown.contains("key = \"***\""), "{shown}");
    let again = read(&shown).expect("what is shown can be read").show();
    let all = |text: &str| text.lines().filter(|line| !line.contains('#')).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(all(&again), all(&shown));
    let more = examples.next().expect("a second example");
    let more = read(&format!("[upstreams.x]\nurl = 'https://h/v1'\n{more}")).expect("a valid example");
    more.elsewhere.routes(None).expect("a good upstream");
    assert!(!more.show().contains("search"), "values of headers are secrets");
}

#[test]
fn faults_of_routes_and_upstreams_name_their_place() {
    let faults = |text: &str| match read(text) {
        Ok(config) => config.elsewhere.routes(Some("here")).err().unwrap_or_else(|| panic!("no fault: {text}")),
        Err(fault) => fault,
    };
    for (text, said) in [
        ("[upstreams.x]\nurk = 'https://h'", "line 2: upstreams.x.urk: unknown key, perhaps `url` is meant"),
        ("[upstreams.x]\napi = 'soap'", "line 2: upstreams.x.api: `openai`, `azure` or `anthropic` expected"),
        ("[upstreams.x]\nheaders = ['s3cret']", "\"NAME: VALUE\" expected"),
        ("[upstreams.x]\nurl = 'ftp://h'", "upstreams.x: url: "),
        ("[upstreams.x]\nkey = 'k'", "upstreams.x: url: "),
        ("[upstreams.\"a b\"]\nurl = 'https://h'", "a name of letters, digits"),
        ("upstreams = 3", "unknown key `upstreams`"),
        ("[routes.r]\nsmall = 'nobody'", "routes.r: a model expected, such as `here`; `nobody` found"),
        ("[routes.r]\nlarge = []", "route `r`: at least one model expected"),
        ("[routes.auto]\nsmall = 'local'", "route `auto`: a name of its own expected"),
        ("[routes.r]\nsmall = 'local'\nmin_confidence = 7", "a number from 0 to 1 expected, 7 found"),
    ] {
        let found = faults(text);
        assert!(found.contains(said) && !found.contains("s3cret"), "{text}: {found}");
    }
}

/// A route with a promise, of these further lines.
fn route(lines: &str) -> String {
    format!("[upstreams.far]\nurl = 'https://h/v1'\n[routes.r]\nsmall = 'local'\nlarge = 'far/large'\n{lines}")
}

fn promise(lines: &str) -> gateway::Promise {
    let routes = read(&route(lines)).and_then(|config| config.elsewhere.routes(Some("here")));
    let mut promised = routes.unwrap_or_else(|fault| panic!("{lines}: {fault}")).promised();
    assert_eq!(promised.len(), 1, "{lines}");
    promised.remove(0).promise
}

#[test]
fn the_documented_route_is_read_and_holds_every_key() {
    let docs = include_str!("../../../../docs/configuration.md");
    let example = docs.split("```toml\n").nth(2).and_then(|rest| rest.split("```").next()).expect("a second example");
    for key in elsewhere::ROUTE_KEYS.iter().chain(&promise::KEYS) {
        let is_there = |line: &str| line.trim_start_matches("# ").starts_with(&format!("{key} = "));
        assert!(example.lines().any(is_there), "docs/configuration.md lacks {key} of routes");
    }
    let text = format!("[upstreams.openai]\nurl = 'https://h/v1'\n{example}");
    let routes = read(&text).and_then(|config| config.elsewhere.routes(Some("here"))).expect("a valid example");
    let found = routes.promised().remove(0).promise;
    let default = promise("max_harm = '1%'");
    let all = |p: &gateway::Promise| (p.kind, p.most, p.confidence, p.judge.to_string(), p.judge_error, p.audit_rate);
    assert_eq!(all(&found), all(&default), "each value is the default");
    assert_eq!((found.audit_budget, default.audit_budget), (Some(5_000_000), None));
    // the other form of each pair that excludes the other
    let text = example.replace("max_harm", "# max_harm").replace("# max_loss", "max_loss").replace("# min_", "min_");
    let text = format!("[upstreams.openai]\nurl = 'https://h/v1'\n{text}");
    let routes = read(&text).and_then(|config| config.elsewhere.routes(Some("here"))).expect("a valid example");
    assert_eq!(routes.promised()[0].promise.kind, router::certify::Kind::Loss);
}

#[test]
fn shares_are_read_as_people_write_them_and_shown_as_a_file() {
    use router::certify::Kind;
    for (lines, kind, most) in [
        ("max_harm = '1%'", Kind::Harm, 0.01),
        ("max_harm = ' 0.5 % '", Kind::Harm, 0.005),
        ("max_harm = 0.01", Kind::Harm, 0.01),
        ("max_harm = '0.01'", Kind::Harm, 0.01),
        ("max_loss = '1pt'", Kind::Loss, 0.01),
        ("max_loss = '2.5 pt'", Kind::Loss, 0.025),
        ("max_loss = '1%'", Kind::Loss, 0.01),
    ] {
        let found = promise(lines);
        assert_eq!(found.kind, kind, "{lines}");
        assert!((found.most - most).abs() < 1e-15, "{lines}: {}", found.most);
    }
    let lines = "max_harm = '1%'\nconfidence = '99%'\naudit_rate = 1\naudit_budget = '$2.5'\njudge = 'model:far/judge'\n\
                 judge_error = '0.25%'";
    let shown = read(&route(lines)).expect("valid").show();
    for line in [
        "max_harm = \"1%\"",
        "confidence = \"99%\"",
        "audit_rate = \"100%\"",
        "judge_error = \"0.25%\"",
        "audit_budget = 2.5",
        "judge = \"model:far/judge\"",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
    let routes =
        read(&shown).and_then(|config| config.elsewhere.routes(Some("here"))).expect("what is shown can be read");
    let found = routes.promised().remove(0).promise;
    assert_eq!((found.confidence, found.audit_rate, found.audit_budget), (0.99, 1.0, Some(2_500_000)));
    assert_eq!((found.judge_error, found.judge_model.map(|m| m.to_string())), (0.0025, Some("far/judge".to_owned())));
    assert!(!read(&route("")).expect("valid").show().contains("max_harm"), "what is not promised is not shown");
}

#[test]
fn faults_of_promises_name_their_place_and_the_remedy() {
    let faults = |text: &str| match read(text) {
        Ok(config) => config.elsewhere.routes(Some("here")).err().unwrap_or_else(|| panic!("no fault: {text}")),
        Err(fault) => fault,
    };
    for (lines, said) in [
        (
            "max_harm = '1'",
            "line 6: routes.r.max_harm: a share from 0.01% to 50% expected, such as \"1%\"; \"1\" found",
        ),
        ("max_harm = 0", "routes.r.max_harm: a share from 0.01% to 50%"),
        ("max_harm = '-1%'", "routes.r.max_harm: a share from"),
        ("max_harm = 'nan'", "routes.r.max_harm: a share from"),
        ("max_harm = true", "a boolean found"),
        ("max_loss = '60pt'", "such as \"1pt\"; \"60pt\" found"),
        ("confidence = '100%'", "routes.r.confidence: a share from 50% to 99.99%"),
        ("audit_rate = '101%'", "routes.r.audit_rate: a share from 0% to 100%"),
        ("audit_budget = -1", "routes.r.audit_budget: a number of at least 0"),
        ("judge = 'oracle'", "routes.r.judge: a judge expected"),
        ("judge = 'regex:('", "line 6: routes.r.judge: "),
        ("max_harn = '1%'", "unknown key, perhaps `max_harm` is meant"),
        ("max_harm = '1%'\nmax_loss = '1pt'", "routes.r: max_harm or max_loss expected, both found"),
        ("audit_rate = '5%'", "routes.r: max_harm: what is promised? Such as \"1%\""),
        ("judge = 'exact'", "routes.r: max_harm: what is promised?"),
        ("max_harm = '1%'\njudge = 'model:far/j'", "routes.r: judge_error: a model misses some harm"),
        (
            "max_harm = '1%'\njudge = 'model:x/j'\njudge_error = '0.5%'",
            "routes.r: judge: a model expected, such as `here`",
        ),
        ("max_harm = '1%'\njudge_error = '1%'", "routes.r: judge_error: less than what is promised expected, 1% found"),
        (
            "max_loss = '1pt'\njudge_error = '2%'",
            "routes.r: judge_error: less than what is promised expected, 2% found",
        ),
    ] {
        let found = faults(&route(lines));
        assert!(found.contains(said), "{lines}: {found}");
    }
    for model in [
        "small = 'local'",
        "large = 'far/large'",
        "small = 'far/a'\nlarge = 'far/b'",
        "small = 'local'\nlarge = 'local'",
    ] {
        let found = faults(&format!("[upstreams.far]\nurl = 'https://h/v1'\n[routes.r]\n{model}\nmax_harm = '1%'"));
        assert!(
            found.contains("route `r`: a promise compares two models: a model here as `small` and one elsewhere"),
            "{found}"
        );
    }
}

#[test]
fn what_is_shown_is_a_file_again_without_secrets() {
    let shown = read("[server]\napi_keys = ['${KINGLET_KEY}', 'other']\n[models]\ndir = 'x'").expect("valid").show();
    assert!(!shown.contains("s3cret") && !shown.contains("other") && shown.contains(r#"["***", "***"]"#), "{shown}");
    assert!(shown.contains("dir = \"dir/x\"  # dir/kinglet.toml, line 4"), "{shown}");
    read(&shown).expect("what is shown can be read");
}

#[test]
fn a_database_is_shown_without_its_password() {
    for (url, shown) in [
        ("postgres://u:${KINGLET_KEY}@h/d", "postgres://u:***@h/d"),
        ("postgresql://u:s3cret%2F@h:1/d?sslmode=require", "postgresql://u:***@h:1/d?sslmode=require"),
        ("postgres://u@h/d?Password=s3cret&sslmode=require", "postgres://u@h/d?Password=***&sslmode=require"),
        ("postgres://u@h/d", "postgres://u@h/d"),
        ("~x/ledger.db", "dir/~x/ledger.db"),
        ("/srv/ledger.db", "/srv/ledger.db"),
    ] {
        let all = read(&format!("[ledger]\nurl = \"{url}\"\nkeep = '30d'")).expect(url).show();
        assert!(
            all.contains(&format!("url = \"{shown}\"  # dir/kinglet.toml, line 2\nkeep = \"30d\"")),
            "{url}: {all}"
        );
        read(&all).expect("what is shown can be read");
    }
}

#[test]
fn money_and_speeds_are_exact() {
    let text = "[hardware]\nusd_hour = 0.1\nwatts = 65\nusd_kwh = '$0.30'\ninput_speed = 1_000.125\noutput_speed = 20";
    let config = read(text).expect("valid");
    let machine = ::ledger::Hardware {
        usd_hour: 100_000,
        watts: 65,
        usd_kwh: 300_000,
        input_speed: 1_000_125,
        output_speed: 20_000,
    };
    assert_eq!(config.hardware(), Ok(Some(machine)));
    assert_eq!(read(&config.show()).expect("what is shown can be read").hardware(), Ok(Some(machine)));
    assert_eq!(read("").expect("nothing said").hardware(), Ok(None));
    let slow = read("[hardware]\nwatts = 65\ninput_speed = 0").expect("valid").hardware();
    assert!(slow.is_err_and(|e| e.contains("line 3: hardware.input_speed: tokens a second expected, more than 0")));
}

#[test]
fn faults_name_their_line_and_the_remedy() {
    for (text, line, said) in [
        ("\n[server]\nlisten_ = 'x'", 3, "unknown key `server.listen_`, perhaps `server.listen` is meant"),
        ("[engin]\nthreads = 1", 2, "perhaps `engine.threads`"),
        ("listen = '127.0.0.1:1'", 1, "perhaps `server.listen`"),
        ("[colours]\n[server]", 1, "unknown key `colours`; known are server.listen, "),
        ("[server]\nlisten = '8080'", 2, "server.listen: an address and a port expected"),
        ("server.listen = '::1:80'", 1, "server.listen: an address and a port expected"),
        ("[server]\nlisten = 'host:99999'", 2, "server.listen: an address and a port expected"),
        ("server = 5", 1, "unknown key `server`"),
        ("[server]\nmax_body = '32 bananas'", 2, "such as \"32MB\" or \"2GiB\"; \"32 bananas\" found"),
        ("[server]\nread_timeout = 30", 2, "such as \"30s\" or \"500ms\"; 30 found"),
        ("[server]\nread_timeout = '0s'", 2, "a time from 1s to 1h"),
        ("[server]\nqueue = 0", 2, "server.queue: a number from 1 to 10000 expected, 0 found"),
        ("[engine]\nthreads = 100000", 2, "engine.threads: a number from 1 to"),
        ("[engine]\ncontext = true", 2, "a boolean found"),
        ("[engine]\ncontext = 99999999999999999999999", 2, "too large"),
        ("[server]\napi_keys = '${KINGLET_KEY}'", 2, "a list of texts such as [\"..\"] expected"),
        ("[server]\napi_keys = ['a', '']", 2, "a text expected, \"\" found"),
        ("[server]\napi_keys = ['a', 'b c']", 2, "key 2 of 2"),
        ("[server]\napi_keys = ['${NO_SUCH}']", 2, "the environment has no `NO_SUCH`"),
        ("[cache]\ntype = 'q4_0'", 2, "cache.type: \"f16\" or \"q8_0\" expected, \"q4_0\" found"),
        ("[ledger]\nurl = 'mysql://u:p@h/d'", 2, "ledger.url: a file, or postgres://"),
        ("[ledger]\nurl = 'sqlite:x.db'", 2, "ledger.url: a file, or postgres://"),
        ("[ledger]\nkeep = '0d'", 2, "or how long to keep texts, such as \"30d\", expected; \"0d\" found"),
        ("[ledger]\ndurability = 'paper'", 2, "\"process\" or \"disk\" expected"),
        ("[hardware]\nusd_hour = -0.1", 2, "a number of at least 0 with at most 6 decimals expected, -0.1 found"),
        ("[hardware]\ninput_speed = 1.2345", 2, "at most 3 decimals expected, 1.2345 found"),
        ("[hardware]\nusd_kwh = nan", 2, "hardware.usd_kwh: a number of at least 0"),
        ("[hardware]\nwatts = 6.5", 2, "hardware.watts: a number from 0 to 1000000 expected, 6.5 found"),
        ("[server]\nlisten = 'a:1'\nlisten = 'b:2'", 3, "duplicate key"),
        ("[server\n", 1, ""),
    ] {
        let found = fault(text);
        let place = format!("dir/kinglet.toml, line {line}: ");
        assert!(found.starts_with(&place) && found.contains(said), "{text}\n{found}");
    }
    assert_eq!(fault("a = 1\n[server]\nqueue = -1").lines().count(), 2, "all faults are told");
}

#[test]
fn no_fault_shows_a_secret() {
    for text in [
        "[server]\nlisten = '${KINGLET_KEY}'",
        "[server]\nmax_body = 'a${KINGLET_KEY}'",
        "[server]\napi_keys = ['literal-s3cret', 5]",
        "[server]\napi_keys = ['literal-s3cret'",
        "[server]\napi_keys = '${KINGLET_KEY}'",
        "[engine]\nthreads = '${KINGLET_KEY}'",
        "[ledger]\nurl = 'mysql://u:s3cret@h/d'",
        "[ledger]\nurl = 'postgres://u:s3cret/2@h/d'",
        "[ledger]\nurl = 'postgres://u:${KINGLET_KEY}@h:99999/d'",
    ] {
        assert!(!fault(text).contains("s3cret"), "{}", fault(text));
    }
}

#[test]
fn a_flag_stands_in_place_of_the_file() {
    let mut config = read("[server]\nlisten = '127.0.0.1:1'").expect("valid");
    config.flag("--listen", "server.listen", None).expect("nothing given");
    assert_eq!(config.listen, "127.0.0.1:1");
    config.flag("--listen", "server.listen", Some("127.0.0.1:2")).expect("an address");
    assert!(config.listen == "127.0.0.1:2" && config.show().contains("# --listen"));
    let error = config.flag("--listen", "server.listen", Some("nowhere")).expect_err("no address");
    assert!(error.starts_with("--listen nowhere: "), "{error}");
}

#[test]
fn limits_fit_the_model() {
    let info = Info { n_ctx: 4096, n_kv_heads: 1 << 12, head_dim: 64, ..Info::default() };
    let limits = |text| read(text).expect("valid").limits(&info).map(|l| (l.n_ctx, l.n_cache));
    assert_eq!(limits(""), Ok((4096, 16384)));
    assert_eq!(limits("[engine]\ncontext = 100\nkv_memory = '200MiB'"), Ok((100, 200)));
    assert_eq!(limits("[engine]\ncontext = 100\nkv_memory = '200MiB'\n[cache]\ntype = 'q8_0'"), Ok((100, 376)));
    let too_long = limits("[engine]\ncontext = 4097").expect_err("more than the model's");
    assert!(too_long.contains("line 2: engine.context: at most the model's 4096 tokens"), "{too_long}");
    let too_little = limits("[engine]\nkv_memory = '1GiB'").expect_err("less than one context");
    assert!(too_little.contains("line 2: engine.kv_memory: a context of 4096 tokens takes 4GiB, 1GiB"), "{too_little}");
}

#[test]
fn an_open_server_is_known() {
    for (listen, open) in [
        ("127.0.0.1:1", false),
        ("localhost:1", false),
        ("[::1]:1", false),
        ("0.0.0.0:1", true),
        ("[::]:1", true),
        ("example.org:1", true),
    ] {
        let text = format!("[server]\nlisten = '{listen}'");
        assert_eq!(read(&text).expect(listen).is_open_to_all(), open, "{listen}");
        assert!(!read(&format!("{text}\napi_keys = ['k']")).expect(listen).is_open_to_all(), "{listen}");
    }
}

#[test]
fn who_makes_tools_is_checked_and_shown() {
    let upstream = "[upstreams.far]\nurl = 'https://h/v1'\n[routes.r]\nlarge = 'far/large'\ntools = true\n";
    let config = read(&format!("{upstream}[tools]\nmaker = 'far/large'\nbudget = 2.5\napprove = 'auto'\nworkers = 1"));
    let config = config.expect("valid");
    let policy = config.tool_policy().expect("a maker elsewhere");
    assert_eq!(policy.maker.map(|maker| maker.to_string()).as_deref(), Some("far/large"));
    assert_eq!((policy.budget, policy.approve, policy.small_extracts), (2_500_000, gateway::Who::Kinglet, false));
    assert_eq!(config.elsewhere.routes(None).expect("valid").with_tools().collect::<Vec<_>>(), ["r"]);
    let shown = config.show();
    for line in ["maker = \"far/large\"  #", "budget = 2.5  #", "approve = \"auto\"  #", "tools = true\n"] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    let policy = read("[tools]").expect("nothing said").tool_policy().expect("nothing wrong");
    assert!(policy.maker.is_none() && policy.approve == gateway::Who::Human);
    for (text, said) in [
        ("[tools]\nmaker = 'nobody/x'", "dir/kinglet.toml, line 2: tools.maker: a model expected"),
        ("[tools]\napprove = 'me'", "tools.approve: \"auto\" or \"human\" expected, \"me\" found"),
        ("[tools]\nworkers = 0", "tools.workers: a number from 1 to 256 expected, 0 found"),
        ("[tools]\nbudgt = 1", "unknown key `tools.budgt`, perhaps `tools.budget` is meant"),
        ("[routes.r]\ntools = 'yes'", "routes.r.tools: true or false expected"),
    ] {
        let found = read(text).and_then(|config| config.tool_policy().map(drop)).expect_err(text);
        assert!(found.contains(said), "{text}: {found}");
    }
}

#[test]
fn who_makes_vectors_is_a_model_here_or_elsewhere() {
    let upstream = "[upstreams.far]\nurl = 'https://h/v1'\n";
    assert!(read(upstream).expect("valid").embedder(Some("small")).expect("none is asked for").is_none());
    for (name, is) in [("far/vectors", "far/vectors"), ("small", "small"), ("local", "small")] {
        let config = read(&format!("{upstream}[tools]\nembedder = '{name}'")).expect("valid");
        assert_eq!(config.embedder(Some("small")).expect(name).expect("asked for").to_string(), is);
        assert!(config.show().contains(&format!("embedder = \"{name}\"  #")));
    }
    let config = read(&format!("{upstream}[tools]\nembedder = 'other'")).expect("valid");
    let fault = config.embedder(Some("small")).map(drop).expect_err("neither");
    let said = "line 4: tools.embedder: a model expected, such as `small` or `far/MODEL`; `other` found";
    assert!(fault.ends_with(said), "{fault}");
}
