//! hyper's server on a stream in memory.

use std::convert::Infallible;
use std::error::Error;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::story::{End, Request, Story};

/// A server for one connection after another.
pub struct Hyper {
    runtime: tokio::runtime::Runtime,
}

impl Default for Hyper {
    fn default() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        Self {
            runtime: runtime.expect("a runtime"),
        }
    }
}

type Told = Arc<Mutex<(Vec<Request>, Option<End>)>>;

impl Hyper {
    /// Of all that comes on one connection.
    pub fn story(&self, bytes: &[u8]) -> Story {
        self.runtime.block_on(story(bytes))
    }
}

async fn story(bytes: &[u8]) -> Story {
    let told = Told::default();
    let (mut client, server) = tokio::io::duplex(1 << 20);
    let service = service_fn(|request| answer(request, told.clone()));
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.half_close(true);
    let serve = builder.serve_connection(TokioIo::new(server), service);
    let ask = async {
        // An error is a server that has closed already.
        let _ = client.write_all(bytes).await;
        let _ = client.shutdown().await;
        let mut answers = Vec::new();
        let _ = client.read_to_end(&mut answers).await;
    };
    let (served, ()) = tokio::join!(serve, ask);
    let (requests, end) = std::mem::take(&mut *told.lock().expect("nobody panics"));
    let end = end.unwrap_or_else(|| match served {
        Ok(()) => End::Over,
        Err(error) => end_of(&error),
    });
    Story { requests, end }
}

/// 404 to everything: a success would turn a CONNECT into a tunnel.
async fn answer(
    request: hyper::Request<Incoming>,
    told: Told,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let fields = head.headers.iter();
    let fields = fields.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
    let mut request = Request {
        method: head.method.to_string(),
        target: head.uri.to_string(),
        fields: fields.collect(),
        ..Request::default()
    };
    let body = body.collect().await;
    let mut told = told.lock().expect("nobody panics");
    match body {
        Ok(body) => {
            let trailers = body.trailers().into_iter().flatten();
            request.trailers = trailers
                .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
                .collect();
            request.sort_fields();
            request.body = body.to_bytes().into();
            told.0.push(request);
        }
        Err(error) => told.1 = Some(end_of(&error)),
    }
    let mut response = Response::new(Empty::new());
    *response.status_mut() = StatusCode::NOT_FOUND;
    Ok(response)
}

fn end_of(error: &hyper::Error) -> End {
    if error.is_incomplete_message() {
        return End::Incomplete;
    }
    let cause = error.source().map(|cause| format!(": {cause}"));
    End::Refused(format!("{error}{}", cause.unwrap_or_default()))
}
