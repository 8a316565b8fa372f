//! What shiming is measured against: an axum handler that reads the body and answers a constant.

use axum::{
    Router,
    body::Bytes,
    http::{StatusCode, header},
    routing::post,
};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Bytes to answer.
    #[arg(long)]
    size: usize,
}

/// Serves on a free port, which it prints, until it is ended.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let answer = Bytes::from(vec![b'x'; arguments.size]);
    let handler = move |body: Bytes| async move {
        std::hint::black_box(body);
        (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], answer)
    };
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let tcp = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", tcp.local_addr()?);
        axum::serve(tcp, Router::new().route("/v1/personal", post(handler))).await?;
        Ok(())
    })
}
