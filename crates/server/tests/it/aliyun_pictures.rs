//! Pictures at Alibaba Cloud Domain's door: sizes, spellings of base64, and files that are not what they seem.

use shiming_core::submit::Outcome;

use crate::aliyun_bench::{AliyunBench, ID, Listening, bmp, encoded, jpeg};

/// What a submission of this picture comes to; a template that took one is rejected, so that the next can be tried.
fn tried(bench: &AliyunBench, id: &str, picture: &str) -> String {
    let said = bench.send(&bench.submission(id, picture)).said();
    if said == "ok" {
        bench.decide(id, Outcome::Reject, "");
    }
    said
}

#[test]
fn sizes_are_taken_with_both_ends() {
    let bench = AliyunBench::new();
    let id = bench.template();
    for (size, said) in [
        (56_319, "FileSizeLessThanMinLimit"),
        (56_320, "ok"),
        (1_048_576, "ok"),
        (1_048_577, "FileSizeGreaterThanMaxLimit"),
    ] {
        for picture in [jpeg(size), bmp(size)] {
            assert_eq!(tried(&bench, &id, &encoded(&picture)), said, "{size}");
        }
    }
}

#[test]
fn a_picture_in_the_query_goes_through_a_socket_at_every_size() {
    let bench = AliyunBench::new();
    let listening = Listening::to(&bench);
    for (size, status, word) in [
        (56_319, 400, "FileSizeLessThanMinLimit"),
        (56_320, 200, "RequestId"),
        (1_048_576, 200, "RequestId"),
        (1_048_577, 400, "FileSizeGreaterThanMaxLimit"),
    ] {
        let id = bench.template();
        // Bytes that the query spells with three characters each, as far as base64 has them.
        let picture = encoded(&[jpeg(1000), vec![0xff; size - 1002], b"\xff\xd9".to_vec()].concat());
        let business = [("ContactTemplateId", id.as_str()), ("CredentialNo", ID), ("Credential", &picture)];
        let signed = bench.signed_acs3("SaveContactTemplateCredential", &business);
        assert!(signed.target.len() > size * 4 / 3);
        let answer = listening.exchange(&signed);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{size}: {}", &answer[..200.min(answer.len())]);
        assert!(answer.contains(word), "{size}");
        let in_body = bench.submission(&bench.template(), &picture);
        assert!(listening.exchange(&in_body).contains(word), "{size}");
    }
}

#[test]
fn text_wrapped_in_lines_is_taken_and_a_data_uri_is_not() {
    let bench = AliyunBench::new();
    let id = bench.template();
    let picture = encoded(&jpeg(56_321));
    let lines = |end: &str| {
        picture.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect::<Vec<_>>().join(end)
    };
    for (text, said) in [
        (lines("\r\n"), "ok"),
        (lines("\n"), "ok"),
        (lines("\t "), "ok"),
        (picture.trim_end_matches('=').to_owned(), "ok"),
        (format!("data:image/jpeg;base64,{picture}"), "FileDataError"),
        (format!("data:image/png;base64,{picture}"), "FileDataError"),
        (format!("data:text/html;base64,{picture}"), "FileDataError"),
        (picture.replace('R', "_"), "FileDataError"),
        (picture.replace('/', "_").replace('+', "-"), "FileDataError"),
        (format!("{picture}="), "FileDataError"),
        (format!("={picture}"), "FileDataError"),
        (format!("{picture}A"), "FileDataError"),
        (format!("{picture}\u{b}"), "FileDataError"),
        (" ".to_owned(), "FileDataError"),
        ("http://127.0.0.1/picture.jpg".to_owned(), "FileDataError"),
    ] {
        assert_eq!(tried(&bench, &id, &text), said, "{}", &text[..30.min(text.len())]);
    }
}

#[test]
fn broken_and_hostile_files_are_refused_by_their_structure() {
    let bench = AliyunBench::new();
    let id = bench.template();
    let whole = jpeg(60_000);
    let with = |bytes: &[u8], at: usize, value: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes[at..at + value.len()].copy_from_slice(value);
        bytes
    };
    let endless_marker = [b"\xff\xd8".as_slice(), &vec![0xff; 60_000]].concat();
    let endless_segments = [b"\xff\xd8".as_slice(), &b"\xff\xfe\0\x02".repeat(15_000)].concat();
    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &vec![0; 60_000]].concat();
    let gif_with_jpeg = [b"GIF89a".as_slice(), &whole].concat();
    let pdf = [b"%PDF-1.7\n".as_slice(), &whole].concat();
    let jpeg_with_tail = [whole.as_slice(), b"PK\x03\x04<script>"].concat();
    let bitmap = bmp(60_000);
    let cases: [(&str, &[u8], &str); 22] = [
        ("whole", &whole, "ok"),
        ("truncated before its end", &whole[..59_998], "FileDataError"),
        ("no frame", &with(&whole, 9, &[0xc4]), "FileDataError"),
        ("no height", &with(&whole, 13, &[0, 0]), "FileDataError"),
        ("no width", &with(&whole, 15, &[0, 0]), "FileDataError"),
        ("the largest sides", &with(&whole, 13, &[0xff; 4]), "ok"),
        ("a segment longer than the file", &with(&whole, 4, &[0xff, 0xff]), "FileDataError"),
        ("a segment of no length", &with(&whole, 4, &[0, 0]), "FileDataError"),
        ("an end at the start", &with(&whole, 3, &[0xd9]), "FileDataError"),
        ("markers without end", &endless_marker, "FileDataError"),
        ("segments without end", &endless_segments, "FileDataError"),
        ("something behind the end", &jpeg_with_tail, "ok"),
        ("a PNG", &png, "FileFormatNotSupported"),
        ("a GIF in front of a JPEG", &gif_with_jpeg, "FileFormatNotSupported"),
        ("a PDF in front of a JPEG", &pdf, "FileFormatNotSupported"),
        ("a small PNG", &png[..10], "FileFormatNotSupported"),
        ("a small JPEG", &whole[..10], "FileSizeLessThanMinLimit"),
        ("a bitmap", &bitmap, "ok"),
        ("a bitmap of no width", &with(&bitmap, 18, &[0; 4]), "FileDataError"),
        ("a bitmap with an unknown header", &with(&bitmap, 14, &[41]), "FileDataError"),
        ("a bitmap longer than the file", &with(&bitmap, 2, &[0xff; 4]), "FileDataError"),
        ("a bitmap with its pixels outside", &with(&bitmap, 10, &[0xff; 4]), "FileDataError"),
    ];
    for (what, bytes, said) in cases {
        assert_eq!(tried(&bench, &id, &encoded(bytes)), said, "{what}");
    }
}

#[test]
fn no_address_is_ever_fetched() {
    let bench = AliyunBench::new();
    let id = bench.template();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}/picture.jpg", listener.local_addr().unwrap());
    for name in ["fileUrl", "FileUrl", "IdentityCredentialUrl"] {
        let business = [("ContactTemplateId", id.as_str()), ("CredentialNo", ID), (name, &address)];
        assert_eq!(bench.call("SaveContactTemplateCredential", &business).said(), "MissingCredential");
        let picture = encoded(&jpeg(60_000));
        let business = [&business[..], &[("Credential", &*picture)]].concat();
        assert_eq!(bench.call("SaveContactTemplateCredential", &business).said(), "ok");
        bench.decide(&id, Outcome::Reject, "");
    }
    assert_eq!(tried(&bench, &id, &address), "FileDataError");
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody came");
}
