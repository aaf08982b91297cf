//! Adapters by `model@adapter`: loaded and unloaded while the server runs, and from their folder alone.

use crate::support::{Server, json};
use gateway::Config;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::{fs, path::PathBuf};

const LOAD: &str = "/v1/load_lora_adapter";
const UNLOAD: &str = "/v1/unload_lora_adapter";

/// A folder of adapters, and what lies around it.
struct Place(PathBuf);

impl Place {
    fn new(test: &str) -> Self {
        let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("adapters-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root); // of a run that was cut
        fs::create_dir_all(root.join("adapters/deep")).expect("a folder");
        fs::create_dir_all(root.join("adapters-beside")).expect("a folder");
        for good in ["adapters/a.gguf", "adapters/deep/b.gguf", "outside.gguf", "adapters-beside/c.gguf"] {
            fs::write(root.join(good), "good").expect("a file");
        }
        fs::write(root.join("adapters/bad.gguf"), "secret").expect("a file");
        Self(root)
    }

    fn config(&self) -> Config {
        Config { adapters_dir: Some(self.0.join("adapters")), ..Config::default() }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // what is left is in the folder for such things
    }
}

async fn load(server: &Server, name: &str, path: &str) -> (StatusCode, String) {
    let response = server.post(LOAD, &json!({ "lora_name": name, "lora_path": path })).await;
    (response.status(), response.text().await.expect("a text"))
}

#[tokio::test]
async fn adapters_come_and_go() {
    let place = Place::new("come");
    let server = Server::with(place.config()).await;
    let asks = |model: &str| {
        let messages = json!([{ "role": "user", "content": "hi" }]);
        [
            ("/v1/chat/completions", json!({ "model": model, "messages": messages })),
            ("/v1/completions", json!({ "model": model, "prompt": "hi" })),
            ("/v1/embeddings", json!({ "model": model, "input": "hi" })),
        ]
    };
    for (path, body) in asks("script@one") {
        let error = server.post(path, &body).await;
        assert_eq!(error.status(), 404, "{path}");
        assert_eq!(json(error).await["error"]["code"], "model_not_found");
    }
    let (status, text) = load(&server, "one", "a.gguf").await;
    assert_eq!((status.as_u16(), text.as_str()), (200, "Success: LoRA adapter `script@one` added successfully."));
    assert_eq!(load(&server, "two", "deep/b.gguf").await.0, 200);
    let whole = place.0.join("adapters/a.gguf").canonicalize().expect("a file");
    assert_eq!(load(&server, "three", whole.to_str().expect("a text")).await.0, 200, "the whole path will do");
    let listed = json(server.get("/v1/models").await).await;
    let ids: Vec<_> = listed["data"].as_array().expect("a list").iter().map(|m| (&m["id"], &m["parent"])).collect();
    let script = json!("script");
    let expected = [json!("script@one"), json!("script@two"), json!("script@three")];
    assert_eq!(ids[0], (&script, &Value::Null));
    assert!(ids[1..].iter().zip(&expected).all(|(found, id)| *found == (id, &script)), "{ids:?}");
    assert_eq!(json(server.get("/v1/models/script@one").await).await["root"], "script");
    for (path, body) in asks("script@two") {
        let reply = json(server.post(path, &body).await).await;
        assert_eq!(reply["model"], "script@two", "{path}");
        assert_eq!(server.model.asked().last().expect("a request").adapter.as_deref(), Some("two"), "{path}");
    }
    server.post("/v1/completions", &json!({ "model": "script", "prompt": "hi" })).await;
    assert_eq!(server.model.asked().last().expect("a request").adapter, None);
    assert_eq!(server.post(UNLOAD, &json!({ "lora_name": "two" })).await.status(), 200);
    assert_eq!(server.post(UNLOAD, &json!({ "lora_name": "two" })).await.status(), 404);
    assert_eq!(server.get("/v1/models/script@two").await.status(), 404);
}

#[tokio::test]
async fn bad_adapters_are_refused_by_field() {
    let place = Place::new("bad");
    let server = Server::with(place.config()).await;
    assert_eq!(load(&server, "one", "a.gguf").await.0, 200);
    for (body, param, says) in [
        (json!({ "lora_path": "a.gguf" }), "lora_name", "missing"),
        (json!({ "lora_name": "x" }), "lora_path", "missing"),
        (json!({ "lora_name": "x", "lora_path": 5 }), "lora_path", "string"),
        (json!({ "lora_name": "one", "lora_path": "a.gguf" }), "lora_name", "loaded already"),
        (json!({ "lora_name": "x", "lora_path": "bad.gguf" }), "lora_path", "bad.gguf: a good file"),
        (json!({ "lora_name": "x", "lora_path": "a.gguf", "scale": 99 }), "lora_name", "loaded already"),
        (json!({ "lora_name": "x", "lora_path": "a.gguf", "base_model_name": "y" }), "base_model_name", "`script`"),
    ] {
        let response = server.post(LOAD, &body).await;
        assert_eq!(response.status(), 400, "{body}");
        let error = json(response).await["error"].clone();
        let message = error["message"].as_str().expect("a message");
        assert!(error["param"] == param && message.contains(says), "{body}: {error}");
        assert!(!message.contains("adapters-bad"), "the folder's place is not told: {message}");
    }
}

/// Whoever has the key may load what the operator put into the folder, and learns nothing of any other file.
#[tokio::test]
async fn nothing_outside_the_folder_is_read() {
    let place = Place::new("outside");
    let server = Server::with(place.config()).await;
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink(place.0.join("outside.gguf"), place.0.join("adapters/link.gguf")).expect("a link");
        symlink(&place.0, place.0.join("adapters/up")).expect("a link");
        symlink("a.gguf", place.0.join("adapters/inner.gguf")).expect("a link");
        assert_eq!(load(&server, "inner", "inner.gguf").await.0, 200, "a link within is as good as its file");
    }
    let absolute = |file: &str| place.0.join(file).display().to_string();
    let paths = [
        "",
        ".",
        "deep",
        "nowhere.gguf",
        "../outside.gguf",
        "deep/../../outside.gguf",
        "deep/../a.gguf",
        "../adapters/a.gguf",
        "../adapters-beside/c.gguf",
        "/etc/passwd",
        "/etc/nowhere",
        "link.gguf",
        "up/outside.gguf",
        "a.gguf/",
        "a.gguf\0",
        "..",
        "/",
        "~/a.gguf",
        "file:a.gguf",
    ];
    let paths = paths.map(str::to_owned).into_iter().chain(["outside.gguf", "adapters-beside/c.gguf"].map(absolute));
    for path in paths {
        let (status, text) = load(&server, "x", &path).await;
        assert_eq!(status, 400, "{path}: {text}");
        // the same words for all, whether something is there or not
        let expected = json!(format!("lora_path: a file in the folder of adapters expected, `{path}` is none"));
        let error: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((&error["error"]["message"], &error["error"]["param"]), (&expected, &json!("lora_path")));
    }
}

#[tokio::test]
async fn without_a_folder_or_a_key_nothing_is_loaded() {
    let server = Server::start().await;
    let (status, text) = load(&server, "x", "/etc/passwd").await;
    assert!(status == 403 && text.contains("adapters.dir"), "{status} {text}");
    let place = Place::new("key");
    let server = Server::with(Config { api_keys: vec!["sk".to_owned()], ..place.config() }).await;
    for path in [LOAD, UNLOAD] {
        assert_eq!(server.post(path, &json!({ "lora_name": "x", "lora_path": "a.gguf" })).await.status(), 401);
    }
}
