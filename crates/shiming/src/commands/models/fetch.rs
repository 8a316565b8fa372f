//! Downloading one file: resumed where it was broken off, taken only if it is the one of the list.

use std::{
    error::Error,
    fmt,
    io::{self, ErrorKind, Read as _},
    path::Path,
    sync::Arc,
    time::Duration,
};

use shiming_face::{Entry, Installing, Part};
use ureq::{
    Agent,
    http::{StatusCode, header},
    tls::{RootCerts, TlsConfig, TlsProvider},
};

/// How often an address is asked in a row without getting any further.
const TRIES: usize = 3;

/// A file that is wanted.
pub(super) struct Wanted<'a> {
    pub(super) file: &'a str,
    pub(super) most_bytes: u64,
    urls: &'a [String],
    open: Box<dyn Fn() -> io::Result<Installing> + 'a>,
}

impl<'a> Wanted<'a> {
    /// A model's file.
    pub(super) fn of(entry: &'a Entry, folder: &'a Path) -> Self {
        let open = Box::new(|| entry.installing(folder));
        Self { file: entry.file(), most_bytes: entry.most_bytes(), urls: entry.urls(), open }
    }

    /// A file that a model is made of.
    pub(super) fn part(part: &'a Part, folder: &'a Path) -> Self {
        let open = Box::new(|| part.installing(folder));
        Self { file: part.file(), most_bytes: part.most_bytes(), urls: part.urls(), open }
    }
}

/// Why a file was not fetched. What the other side said is not repeated.
#[derive(Debug)]
pub(super) enum Fault {
    /// Nothing came, or not all of it.
    Broken(Box<dyn Error + Send + Sync>),
    /// Another answer than the file.
    Status(StatusCode),
    /// The bytes are not those of the list.
    Other,
    /// The folder cannot be written.
    Folder(io::Error),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(_) => f.write_str("the connection broke; the same command goes on from there"),
            Self::Status(status) => write!(f, "the answer was {}", status.as_u16()),
            Self::Other => f.write_str("what came is not the file of the list; nothing of it was kept"),
            Self::Folder(_) => f.write_str("the folder of models cannot be written"),
        }
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Broken(error) => Some(&**error),
            Self::Folder(error) => Some(error),
            Self::Status(_) | Self::Other => None,
        }
    }
}

/// An HTTP client that trusts whom the system trusts.
pub(super) struct Fetcher(Agent);

impl Fetcher {
    pub(super) fn new() -> Self {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .user_agent(concat!("shiming/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(Duration::from_secs(20)))
            .timeout_recv_response(Some(Duration::from_secs(30)))
            // What is not through by then is taken up again.
            .timeout_recv_body(Some(Duration::from_mins(10)))
            .build();
        Self(config.into())
    }

    /// Fetches from the first address that has it; how many bytes it is. `progress` hears how many are there.
    pub(super) fn fetch(&self, wanted: &Wanted<'_>, progress: impl Fn(u64)) -> Result<u64, Fault> {
        let mut last = Fault::Status(StatusCode::NOT_FOUND);
        for url in wanted.urls {
            match self.from(url, wanted, &progress) {
                Ok(length) => return Ok(length),
                Err(Fault::Folder(error)) => return Err(Fault::Folder(error)),
                Err(fault) => last = fault,
            }
        }
        Err(last)
    }

    fn from(&self, url: &str, wanted: &Wanted<'_>, progress: &dyn Fn(u64)) -> Result<u64, Fault> {
        let mut tries = 0;
        loop {
            let mut file = (wanted.open)().map_err(Fault::Folder)?;
            let before = file.length();
            let transferred = self.transfer(url, &mut file, progress);
            let length = file.length();
            match transferred {
                Ok(()) => {
                    if file.finish().map_err(Fault::Folder)? {
                        return Ok(length);
                    }
                    // What an earlier run had left may have been another file's beginning: once more, from nothing.
                    if before == 0 {
                        return Err(Fault::Other);
                    }
                }
                Err(Fault::Other) => {
                    file.discard().map_err(Fault::Folder)?;
                    return Err(Fault::Other);
                }
                Err(Fault::Broken(error)) => {
                    tries = if length > before { 0 } else { tries + 1 };
                    if tries >= TRIES {
                        return Err(Fault::Broken(error));
                    }
                }
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Appends what is missing.
    fn transfer(&self, url: &str, file: &mut Installing, progress: &dyn Fn(u64)) -> Result<(), Fault> {
        let mut request = self.0.get(url);
        if file.length() > 0 {
            request = request.header(header::RANGE, format!("bytes={}-", file.length()));
        }
        let mut response = request.call().map_err(|error| Fault::Broken(error.into()))?;
        let goes_on = response.headers().get(header::CONTENT_RANGE).and_then(|range| range.to_str().ok());
        let goes_on = goes_on.is_some_and(|range| range.starts_with(&format!("bytes {}-", file.length())));
        match response.status() {
            StatusCode::PARTIAL_CONTENT if goes_on => {}
            // A server that knows no ranges sends all of it.
            StatusCode::OK => file.restart().map_err(Fault::Folder)?,
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                file.restart().map_err(Fault::Folder)?;
                return Err(Fault::Broken("the server cannot go on where the file ends".into()));
            }
            status => return Err(Fault::Status(status)),
        }
        let mut body = response.body_mut().as_reader();
        let mut piece = vec![0; 64 * 1024];
        loop {
            let count = body.read(&mut piece).map_err(|error| Fault::Broken(error.into()))?;
            match piece.get(..count) {
                None | Some([]) => break,
                Some(bytes) => file.write(bytes).map_err(|error| match error.kind() {
                    ErrorKind::FileTooLarge => Fault::Other,
                    _ => Fault::Folder(error),
                })?,
            }
            progress(file.length());
        }
        if file.is_short() { Err(Fault::Broken("the answer ended too early".into())) } else { Ok(()) }
    }
}
