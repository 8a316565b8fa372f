//! The program as a user meets it: started as a process, asked over sockets and the command line.

mod alipay;
mod cases;
mod certificates;
mod config;
mod demo;
mod docs;
mod engines;
mod explaining;
mod explaining_papers;
mod faces;
mod harness;
mod import;
mod killing;
mod models;
mod operations;
mod sessions;
mod signing;
#[cfg(target_os = "linux")] // for /dev/full
mod stdout;
mod transcripts;
mod webhooks;
