//! The paths: any POST is a transaction, a few have names of their own.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use yika_platform::ec::{self, IssueRequest};
use yika_platform::{keyservice, terminals};
use yika_protocol::swipe::MAX_DATAGRAM;

use crate::centre::Reaction;
use crate::engine::{Headers, LARGEST_BODY};
use crate::fault_book::LateDelivery;
use crate::refusal::Stop;
use crate::swipe::Operation;
use crate::{Centre, FaultRule};

/// Marks a response that must never be written: the connection closes instead.
#[derive(Clone, Copy)]
pub(crate) struct HangUp;

/// The routes of a centre.
pub(crate) fn router(centre: Centre) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/certificate", get(certificate))
        .route("/sandbox/faults", get(list_faults).post(add_faults).delete(clear_faults))
        .route("/metrics", get(metrics))
        .route("/swipe", post(swipe))
        .route(terminals::ENROL_PATH, post(enrol))
        .route(terminals::CONFIRM_PATH, post(confirm))
        .route(terminals::LIST_PATH, post(list))
        .route(terminals::REVOKE_PATH, post(revoke))
        .route(keyservice::PATH, post(card_auth))
        .route(ec::PATH, post(ec_query))
        .route(ec::ISSUE_PATH, post(issue_voucher))
        .fallback(transaction)
        .with_state(centre)
}

async fn transaction(State(centre): State<Centre>, request: Request) -> Response {
    if request.method() != Method::POST {
        return (StatusCode::METHOD_NOT_ALLOWED, "transactions are sent with POST\n").into_response();
    }
    let headers = headers(request.headers());
    let reaction = match to_bytes(request.into_body(), LARGEST_BODY).await {
        Ok(body) => centre.receive(body.to_vec(), headers).await,
        Err(_) => centre.too_large(),
    };
    respond(reaction)
}

async fn card_auth(State(centre): State<Centre>, request: Request) -> Response {
    let headers = headers(request.headers());
    let reaction = match to_bytes(request.into_body(), LARGEST_BODY).await {
        Ok(body) => centre.receive_card_auth(body.to_vec(), headers).await,
        Err(_) => centre.too_large(),
    };
    respond(reaction)
}

async fn ec_query(State(centre): State<Centre>, request: Request) -> Response {
    let headers = headers(request.headers());
    let reaction = match to_bytes(request.into_body(), LARGEST_BODY).await {
        Ok(body) => centre.receive_ec_query(body.to_vec(), headers).await,
        Err(_) => centre.too_large(),
    };
    respond(reaction)
}

/// A sealed datagram by way of the counter's PC. 204 where UDP would stay silent.
async fn swipe(State(centre): State<Centre>, body: Body) -> Response {
    // One more than fits, so that too large a datagram is seen as such.
    let Ok(datagram) = to_bytes(body, MAX_DATAGRAM + 1).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    match centre.receive_swipe(datagram.to_vec(), None, "http").await {
        Some(answer) => ([(header::CONTENT_TYPE, "application/octet-stream")], answer).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

async fn metrics(State(centre): State<Centre>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], centre.metrics()).into_response()
}

async fn enrol(State(centre): State<Centre>, request: Request) -> Response {
    about_terminals(centre, Operation::Enrol, request).await
}

async fn confirm(State(centre): State<Centre>, request: Request) -> Response {
    about_terminals(centre, Operation::Confirm, request).await
}

async fn list(State(centre): State<Centre>, request: Request) -> Response {
    about_terminals(centre, Operation::List, request).await
}

async fn revoke(State(centre): State<Centre>, request: Request) -> Response {
    about_terminals(centre, Operation::Revoke, request).await
}

async fn about_terminals(centre: Centre, operation: Operation, request: Request) -> Response {
    let headers = headers(request.headers());
    let reaction = match to_bytes(request.into_body(), LARGEST_BODY).await {
        Ok(body) => centre.receive_terminals(operation, body.to_vec(), headers).await,
        Err(_) => centre.too_large(),
    };
    respond(reaction)
}

/// Codes are bearer secrets: neither question nor answer is logged.
async fn issue_voucher(State(centre): State<Centre>, body: Body) -> Response {
    let refused = |status, why: String| (status, axum::Json(json!({ "error": why }))).into_response();
    if !centre.issues_vouchers() {
        let why =
            "this centre issues no e-voucher codes; a sandbox does when it is served with --issue-vouchers";
        return refused(StatusCode::NOT_FOUND, why.to_owned());
    }
    let body = to_bytes(body, 4096).await.unwrap_or_default();
    let Ok(request) = serde_json::from_slice::<IssueRequest>(&body) else {
        let why = "send {\"person\": \"psn_no or certificate number\"}";
        return refused(StatusCode::BAD_REQUEST, why.to_owned());
    };
    match tokio::task::spawn_blocking(move || centre.issue_voucher(&request)).await {
        Ok(Ok(issued)) => axum::Json(issued).into_response(),
        Ok(Err(Stop::Refused(refusal))) => refused(StatusCode::NOT_FOUND, refusal.err_msg()),
        Ok(Err(Stop::Failed(_))) | Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn health(State(centre): State<Centre>) -> Response {
    let well = tokio::task::spawn_blocking(move || centre.is_well()).await.unwrap_or(false);
    let (status, word) =
        if well { (StatusCode::OK, "ok") } else { (StatusCode::SERVICE_UNAVAILABLE, "database") };
    (status, axum::Json(json!({ "status": word, "version": env!("CARGO_PKG_VERSION") }))).into_response()
}

async fn certificate(State(centre): State<Centre>) -> Response {
    ([(header::CONTENT_TYPE, "application/x-pem-file")], centre.public_key_pem()).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewFaults {
    rules: Vec<FaultRule>,
}

#[derive(Serialize)]
struct FaultList {
    rules: Vec<FaultRule>,
    late: Vec<LateDelivery>,
}

async fn list_faults(State(centre): State<Centre>) -> Response {
    if !centre.allows_faults() {
        return StatusCode::NOT_FOUND.into_response();
    }
    axum::Json(FaultList { rules: centre.faults(), late: centre.late_deliveries() }).into_response()
}

async fn add_faults(State(centre): State<Centre>, body: Body) -> Response {
    if !centre.allows_faults() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let new = to_bytes(body, 64 * 1024).await.map_err(|e| e.to_string());
    match new.and_then(|bytes| serde_json::from_slice::<NewFaults>(&bytes).map_err(|e| e.to_string())) {
        Ok(new) => {
            new.rules.into_iter().for_each(|rule| centre.add_fault(rule));
            list_faults(State(centre)).await
        }
        Err(why) => (StatusCode::BAD_REQUEST, axum::Json(json!({ "error": why }))).into_response(),
    }
}

async fn clear_faults(State(centre): State<Centre>) -> Response {
    if !centre.allows_faults() {
        return StatusCode::NOT_FOUND.into_response();
    }
    centre.clear_faults();
    list_faults(State(centre)).await
}

fn respond(reaction: Reaction) -> Response {
    match reaction {
        Reaction::Answer { status, body } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
        }
        Reaction::HangUp => {
            let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
            response.extensions_mut().insert(HangUp);
            response
        }
    }
}

/// Headers that gateways look at; one that is no text is left out, so it counts as missing.
fn headers(map: &HeaderMap) -> Headers {
    map.iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect()
}
