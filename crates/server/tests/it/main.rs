//! The server as its callers meet it: whole calls through a door on a fixed clock, and raw bytes through a socket.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot set itself up should stop")]

mod alipay_bench;
mod alipay_codes;
mod alipay_gateway;
mod alipay_jobworth;
mod alipay_sessions;
mod alipay_v3;
mod aliyun;
mod aliyun_bench;
mod aliyun_codes;
mod aliyun_pictures;
mod aliyun_processes;
mod aliyun_wire;
mod bench;
mod desk;
mod desk_bench;
mod desk_guards;
mod desk_photos;
mod ground;
mod intake;
mod limits;
mod long_lines;
mod operator;
mod operator_bench;
mod operator_document;
mod operator_webhooks;
mod refusals;
mod replay;
mod running;
mod tls;
mod verdicts;
mod volcengine;
mod volcengine_again;
mod volcengine_bench;
mod volcengine_refusals;
mod volcengine_wire;
