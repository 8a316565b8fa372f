//! Getting models: copied from a folder, or fetched from a server that cuts, lies, or knows no ranges. The networks are
//! the tiny ones of `crates/face/tests/tiny`.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use crate::harness::{Ended, Scratch};

const FILES: [&str; 2] = ["tiny_detector.onnx", "tiny_embedder.onnx"];

/// The folder of the tiny networks.
pub(crate) fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../face/tests/tiny")
}

fn file(name: &str) -> Vec<u8> {
    fs::read(tiny().join(name)).unwrap()
}

/// Runs a command with the folder `models` of the scratch directory and the tiny embedder.
fn run(scratch: &Scratch, arguments: &[&str]) -> Ended {
    let mut command = scratch.command();
    command.env("SHIMING_FACE_MODELS", scratch.path("models")).env("SHIMING_FACE_EMBEDDER", "tiny");
    Ended::of(command.args(arguments).output().unwrap())
}

/// A scratch directory whose folder of models holds the tiny list alone, with addresses where `base` is given.
fn listed(base: Option<&str>) -> Scratch {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("models")).unwrap();
    let mut list = fs::read_to_string(tiny().join("models.toml")).unwrap();
    if let Some(base) = base {
        for name in FILES {
            let line = format!("file = \"{name}\"\n");
            list = list.replace(&line, &format!("{line}urls = [\"{base}/{name}\"]\n"));
        }
    }
    fs::write(scratch.path("models/models.toml"), list).unwrap();
    scratch
}

fn whole(scratch: &Scratch) -> bool {
    FILES.iter().all(|name| fs::read(scratch.path("models").join(name)).is_ok_and(|bytes| bytes == file(name)))
}

#[test]
fn models_are_copied_only_if_they_are_the_ones_of_the_list() {
    let scratch = listed(None);
    let wrong = scratch.path("wrong");
    fs::create_dir(&wrong).unwrap();
    fs::copy(tiny().join(FILES[0]), wrong.join(FILES[0])).unwrap();
    fs::write(wrong.join(FILES[1]), [file(FILES[1]), b"more".to_vec()].concat()).unwrap();
    let refused = run(&scratch, &["models", "install", "wrong"]).with_code(1);
    assert!(refused.out.contains("tiny_embedder.onnx  REFUSED"), "{}", refused.out);
    assert!(!scratch.path("models").join(FILES[1]).exists());
    assert!(!scratch.path("models/tiny_embedder.onnx.part").exists());
    fs::write(wrong.join(FILES[1]), vec![0; file(FILES[1]).len()]).unwrap();
    run(&scratch, &["models", "install", "wrong"]).with_code(1);
    let tiny = tiny();
    let copied = run(&scratch, &["models", "install", tiny.to_str().unwrap()]).with_code(0);
    assert!(copied.out.contains("tiny_embedder.onnx  copied"), "{}", copied.out);
    assert!(whole(&scratch));
}

#[test]
fn the_list_says_what_is_needed_and_what_is_missing() {
    let scratch = listed(None);
    let state = |scratch: &Scratch, code| {
        let listed = run(scratch, &["models", "list", "--json"]).with_code(code).json();
        let models = listed["models"].as_array().unwrap().clone();
        let of = |id: &str| models.iter().find(|model| model["id"] == id).unwrap().clone();
        assert_eq!(of("reid0095")["needed"], false);
        of("tiny")
    };
    let tiny_model = state(&scratch, 1);
    assert_eq!((&tiny_model["needed"], &tiny_model["state"]), (&true.into(), &"missing".into()));
    let doctor = run(&scratch, &["doctor"]);
    assert!(doctor.out.contains("does not hold tiny_detector.onnx"), "{}", doctor.out);
    fs::write(scratch.path("models/tiny_embedder.onnx"), b"another").unwrap();
    assert_eq!(state(&scratch, 1)["state"], "another file");
    run(&scratch, &["models", "install", tiny().to_str().unwrap()]).with_code(0);
    assert_eq!(state(&scratch, 0)["state"], "there");
    let doctor = run(&scratch, &["doctor"]);
    assert!(doctor.out.contains("compared by tiny"), "{}", doctor.out);
}

#[test]
fn models_are_fetched_once() {
    let server = Server::start(Manner::Whole);
    let scratch = listed(Some(&server.base));
    let fetched = run(&scratch, &["models", "fetch"]).with_code(0);
    assert!(fetched.out.contains("tiny_detector.onnx  fetched"), "{}", fetched.out);
    assert!(whole(&scratch));
    let again = run(&scratch, &["models", "fetch"]).with_code(0);
    assert!(again.out.contains("tiny_detector.onnx  was there"), "{}", again.out);
    assert_eq!(server.ranges(), [None, None]);
}

#[test]
fn a_cut_connection_goes_on_where_it_was() {
    let server = Server::start(Manner::CutAfter(700));
    let scratch = listed(Some(&server.base));
    run(&scratch, &["models", "fetch"]).with_code(0);
    assert!(whole(&scratch));
    let ranges = server.ranges();
    assert_eq!(ranges[..3], [None, Some(700), Some(1400)]);
}

#[test]
fn what_an_earlier_run_left_is_gone_on_with() {
    let server = Server::start(Manner::Whole);
    let scratch = listed(Some(&server.base));
    fs::write(scratch.path("models/tiny_detector.onnx.part"), &file(FILES[0])[..1000]).unwrap();
    run(&scratch, &["models", "fetch"]).with_code(0);
    assert!(whole(&scratch));
    assert_eq!(server.ranges(), [Some(1000), None]);
}

#[test]
fn another_files_beginning_is_forgotten() {
    let server = Server::start(Manner::Whole);
    let scratch = listed(Some(&server.base));
    fs::write(scratch.path("models/tiny_detector.onnx.part"), [7; 1000]).unwrap();
    run(&scratch, &["models", "fetch"]).with_code(0);
    assert!(whole(&scratch));
    assert_eq!(server.ranges(), [Some(1000), None, None]);
}

#[test]
fn a_server_without_ranges_sends_all_of_it() {
    let server = Server::start(Manner::NoRanges);
    let scratch = listed(Some(&server.base));
    fs::write(scratch.path("models/tiny_detector.onnx.part"), [7; 1000]).unwrap();
    run(&scratch, &["models", "fetch"]).with_code(0);
    assert!(whole(&scratch));
}

#[test]
fn other_bytes_are_not_taken_and_nothing_of_them_is_kept() {
    for manner in [Manner::Wrong, Manner::Longer] {
        let server = Server::start(manner);
        let scratch = listed(Some(&server.base));
        let ended = run(&scratch, &["models", "fetch"]).with_code(1);
        assert!(ended.out.contains("tiny_detector.onnx  NOT FETCHED: what came is not the file"), "{}", ended.out);
        let left: Vec<_> =
            fs::read_dir(scratch.path("models")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["models.toml"]);
    }
}

#[test]
fn an_address_that_does_not_have_it_or_is_gone_is_told() {
    let server = Server::start(Manner::Gone);
    let ended = run(&listed(Some(&server.base)), &["models", "fetch"]).with_code(1);
    assert!(ended.out.contains("the answer was 404"), "{}", ended.out);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ended = run(&listed(Some(&format!("http://{nobody}"))), &["models", "fetch"]).with_code(1);
    assert!(ended.out.contains("the connection broke"), "{}", ended.out);
}

/// How the server behaves.
#[derive(Clone, Copy)]
enum Manner {
    Whole,
    /// Each connection ends after so many bytes of a file.
    CutAfter(usize),
    NoRanges,
    Wrong,
    Longer,
    Gone,
}

/// A file server that remembers from where it was asked.
struct Server {
    base: String,
    asked: Arc<Mutex<Vec<Option<usize>>>>,
}

impl Server {
    fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let remembered = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let _ = serve(stream.unwrap(), manner, &remembered);
            }
        });
        Self { base, asked }
    }

    fn ranges(&self) -> Vec<Option<usize>> {
        self.asked.lock().unwrap().clone()
    }
}

/// One request, and the connection closes.
fn serve(mut stream: TcpStream, manner: Manner, asked: &Mutex<Vec<Option<usize>>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap()?;
    let name = first.split([' ', '/']).nth(2).unwrap().to_owned();
    let mut from = None;
    for line in lines {
        let line = line?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(range) = line.strip_prefix("range: bytes=") {
            from = range.trim_end_matches('-').parse().ok();
        }
    }
    asked.lock().unwrap().push(from);
    let mut bytes = file(&name);
    match manner {
        Manner::Gone => {
            return write!(stream, "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
        Manner::Wrong => bytes.iter_mut().for_each(|byte| *byte ^= 1),
        Manner::Longer => bytes.push(0),
        Manner::Whole | Manner::CutAfter(_) | Manner::NoRanges => {}
    }
    let start = from.filter(|_| !matches!(manner, Manner::NoRanges)).unwrap_or(0).min(bytes.len());
    let (rest, all) = (&bytes[start..], bytes.len());
    let head = if start > 0 {
        format!("HTTP/1.1 206 Partial Content\r\ncontent-range: bytes {start}-{}/{all}\r\n", all - 1)
    } else {
        "HTTP/1.1 200 OK\r\n".to_owned()
    };
    write!(stream, "{head}content-length: {}\r\nconnection: close\r\n\r\n", rest.len())?;
    let most = if let Manner::CutAfter(most) = manner { most } else { usize::MAX };
    stream.write_all(&rest[..rest.len().min(most)])
}
