//! Accepts connections, and ends them in good order.
use crate::{
    Config, Registry, Tls, admin, anthropic,
    app::{App, Shared},
    layers, mcp, metrics, ollama, openai, promise, toolbox,
};
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, get},
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use serde_json::json;
use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{Instant, sleep, timeout, timeout_at},
};
use tokio_io_timeout::TimeoutStream;

/// Serves `registry` until `shutdown`, then drains: new work is refused while `/health` says so, running requests go on
/// for at most `config.drain_timeout`. `bound` is told the address before the first connection.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(
    config: Config,
    registry: Registry,
    bound: impl FnOnce(SocketAddr) + Send,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let listen = |e: io::Error| io::Error::new(e.kind(), format!("listen `{}`: {e}", config.listen));
    let listener = TcpListener::bind(&config.listen).await.map_err(listen)?;
    bound(listener.local_addr()?);
    let app = Arc::new(App::new(config, registry));
    let (mut keeping, mut trying) = (promise::start(&app), toolbox::start(&app));
    let mut connections = Connections::new(&app);
    connections.accept(&listener, shutdown).await;
    let end = Instant::now() + app.config.drain_timeout;
    // Still accepting, so that whoever balances the load can read `/health`.
    let _ = timeout_at(end, connections.accept(&listener, app.drain())).await;
    drop(listener);
    connections.close(end).await;
    keeping.shutdown().await;
    trying.shutdown().await;
    Ok(())
}

fn routes(app: &Shared) -> Router {
    let routes = Router::new().route("/health", get(health)).route("/metrics", get(metrics::show));
    let routes = routes.route("/mcp", any(mcp::answer));
    let doors = openai::routes(anthropic::routes(ollama::routes(routes.merge(admin::routes(app)))));
    layers::around(doors.with_state(app.clone()), app)
}

/// `GET /health`: 200 once every model is loaded, until the server stops.
async fn health(State(app): State<Shared>) -> Response {
    let status = match (app.draining(), app.registry.all_ready()) {
        (true, _) => "draining",
        (false, false) => "loading",
        (false, true) => return Json(json!({ "status": "ok" })).into_response(),
    };
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": status }))).into_response()
}

/// The open connections; dropping them ends them.
struct Connections {
    http: http1::Builder,
    routes: Router,
    graceful: GracefulShutdown,
    tasks: JoinSet<()>,
    /// Further ones wait until one of these ends.
    most: usize,
    write_timeout: Duration,
    read_timeout: Duration,
    tls: Option<Tls>,
}

impl Connections {
    fn new(app: &Shared) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(app.config.read_timeout);
        let Config { read_timeout, write_timeout, max_connections: most, .. } = app.config;
        Self {
            http,
            routes: routes(app),
            graceful: GracefulShutdown::new(),
            tasks: JoinSet::new(),
            most,
            write_timeout,
            read_timeout,
            tls: app.config.tls.clone(),
        }
    }

    async fn accept(&mut self, listener: &TcpListener, until: impl Future<Output = ()>) {
        let mut until = pin!(until);
        loop {
            tokio::select! {
                biased;
                () = &mut until => return,
                Some(_) = self.tasks.join_next() => {}
                accepted = listener.accept(), if self.tasks.len() < self.most => match accepted {
                    Ok((stream, _)) => self.open(stream),
                    // Mostly too many open files, which takes a moment to pass.
                    Err(_) => sleep(Duration::from_millis(50)).await,
                },
            }
        }
    }

    fn open(&mut self, stream: TcpStream) {
        let _ = stream.set_nodelay(true); // tokens are small and should not wait; without it they only come later
        let mut stream = TimeoutStream::new(stream);
        // who takes nothing for so long is gone, though its system keeps the connection
        stream.set_write_timeout(Some(self.write_timeout));
        let stream = Box::pin(stream);
        let Some(Tls(acceptor)) = &self.tls else {
            let connection = self.graceful.watch(self.connection(stream));
            self.tasks.spawn(async move {
                let _ = connection.await; // an error is the client's going away
            });
            return;
        };
        let (accepting, watcher, patience) = (acceptor.accept(stream), self.graceful.watcher(), self.read_timeout);
        let (http, routes) = (self.http.clone(), self.routes.clone());
        self.tasks.spawn(async move {
            let Ok(Ok(stream)) = timeout(patience, accepting).await else { return };
            let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
            let _ = watcher.watch(connection).await; // as above
        });
    }

    fn connection<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> http1::Connection<TokioIo<S>, TowerToHyperService<Router>> {
        self.http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(self.routes.clone()))
    }

    /// Idle connections end at once, busy ones when their answer is out, all at `end`.
    async fn close(mut self, end: Instant) {
        let _ = timeout_at(end, self.graceful.shutdown()).await;
        self.tasks.shutdown().await;
    }
}
