//! Where `kinglet.toml` is found, and that its faults end the program before anything else happens.
#[path = "support/model.rs"]
mod model;
mod support;

use model::model;
use support::{Place, told};

#[test]
fn a_faulty_file_ends_every_command() {
    let place = Place::new("config-faulty");
    place.write("kinglet.toml", "[server]\nlistn = '127.0.0.1:0'\n[engine]\ncontext = 'much'\n");
    for args in [&["serve"][..], &["chat"], &["run", "hello"], &["serve", "--check"]] {
        let told = place.run(args, "");
        assert_eq!((told.code, told.out.as_str()), (Some(1), ""), "{args:?}");
        assert_eq!(
            told.err,
            "error: kinglet.toml, line 2: unknown key `server.listn`, perhaps `server.listen` is meant\n\
             kinglet.toml, line 4: engine.context: a number from 32 to 1048576 expected, \"much\" found\n"
        );
    }
}

#[test]
fn the_first_file_counts() {
    let place = Place::new("config-order");
    place.write("config/kinglet/kinglet.toml", "user = 1");
    let fault = |args: &[&str]| place.run(args, "").err;
    assert!(fault(&["serve"]).contains("config/kinglet/kinglet.toml, line 1"));
    place.write("kinglet.toml", "here = 1");
    assert!(fault(&["serve"]).starts_with("error: kinglet.toml, line 1"));
    place.write("own.toml", "own = 1");
    assert!(fault(&["--config", "own.toml", "serve"]).starts_with("error: own.toml, line 1"));
    assert!(fault(&["serve", "--config", "none.toml"]).starts_with("error: none.toml: "));
}

#[test]
fn a_secret_comes_from_the_environment_or_not_at_all() {
    let place = Place::new("config-secret");
    place.write("kinglet.toml", "[server]\napi_keys = ['${KINGLET_TEST_KEY}']");
    let missing = place.run(&["serve"], "");
    assert_eq!(missing.code, Some(1));
    assert!(
        missing.err.contains("line 2: server.api_keys: the environment has no `KINGLET_TEST_KEY`"),
        "{}",
        missing.err
    );
    let Some(model) = model() else { return };
    let mut command = place.kinglet(&["serve", "--check", "--model", &model]);
    let found = told(command.env("KINGLET_TEST_KEY", "s3cret"), "");
    assert_eq!((found.code, found.err.as_str()), (Some(0), ""));
    assert!(found.out.contains("api_keys = [\"***\"]  # kinglet.toml, line 2") && !found.out.contains("s3cret"));
}

#[test]
fn a_promise_is_checked_and_shown_before_anything_is_served() {
    let Some(model) = model() else { return };
    let place = Place::new("config-promise");
    let check = |promise: &str| {
        let upstream = "[upstreams.far]\nurl = 'https://far.example/v1'\n";
        let route = "[routes.invoices]\nsmall = 'local'\nlarge = 'far/large'\n";
        place.write("kinglet.toml", &format!("{upstream}{route}{promise}"));
        place.run(&["serve", "--check", "--model", &model], "")
    };
    let told = check("max_harm = 0.01\nconfidence = '99%'\njudge = 'exact'\njudge_error = '0.5%'\naudit_budget = 5\n");
    assert_eq!(told.code, Some(0), "{}", told.err);
    let shown =
        "max_harm = \"1%\"\nconfidence = \"99%\"\njudge_error = \"0.5%\"\naudit_budget = 5\njudge = \"exact\"\n";
    assert!(told.out.contains(shown), "{}", told.out);
    let told = check("max_harm = '1%'\njudge_error = '1%'\n");
    assert_eq!((told.code, told.out.as_str()), (Some(1), ""));
    assert!(told.err.contains("routes.invoices: judge_error: less than what is promised expected"), "{}", told.err);
}

#[test]
fn flags_are_checked_as_the_file_is() {
    let place = Place::new("config-flags");
    let told = place.run(&["serve", "--listen", "8080"], "");
    assert!(told.code == Some(1) && told.err.contains("--listen 8080: an address and a port expected"), "{}", told.err);
}

#[test]
fn what_the_model_cannot_do_is_refused_before_the_port_opens() {
    let Some(model) = model() else { return };
    let place = Place::new("config-model");
    place.write("kinglet.toml", "[server]\nlisten = '0.0.0.0:0'\n[engine]\ncontext = 1000000");
    let told = place.run(&["serve", "--model", &model], "");
    assert_eq!((told.code, told.err.lines().count()), (Some(1), 1), "{}", told.err);
    assert!(told.err.starts_with("error: kinglet.toml, line 4: engine.context: at most the model's"), "{}", told.err);
    place.write("kinglet.toml", "[server]\nlisten = '0.0.0.0:0'");
    let told = place.run(&["serve", "--check", "--model", &model], "");
    assert!(told.code == Some(0) && told.err.starts_with("warning: whoever reaches 0.0.0.0:0"), "{}", told.err);
}
