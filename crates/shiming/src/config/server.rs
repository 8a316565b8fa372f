//! `[server]`: where it listens.

use std::net::{Ipv4Addr, SocketAddr};

section!(
    "server",
    "Where the program listens. Port 0 takes any that is free, which `ready` in the log names.",
    Server {
        /// The doors' address: callers come here.
        listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
        /// The operator's address: health, metrics, refused calls. Keep it closed to the outside.
        operator: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)),
    }
);
