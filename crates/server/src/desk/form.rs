//! What a form brought: texts and a photo.

use shiming_wire::{
    alipay::{form, multipart},
    request::Request,
};

/// A form, read. What cannot be read is an empty form: it has no proof, and is refused for that.
#[derive(Default)]
pub(super) struct Form<'a> {
    texts: Vec<(Vec<u8>, Vec<u8>)>,
    photo: &'a [u8],
}

/// More fields than any page of ours has.
const MOST_FIELDS: usize = 32;

impl<'a> Form<'a> {
    pub(super) fn read(request: &Request<'a>) -> Self {
        let Some(boundary) = multipart::boundary(request.headers) else {
            let fields = form::fields(request.body).take(MOST_FIELDS);
            let texts = fields.map(|field| (field.name.into_owned(), field.value.into_owned())).collect();
            return Self { texts, photo: &[] };
        };
        let parts = boundary.and_then(|boundary| multipart::parts(request.body, boundary)).unwrap_or_default();
        let (files, texts): (Vec<_>, Vec<_>) = parts.into_iter().take(MOST_FIELDS).partition(|part| part.is_file);
        Self {
            texts: texts.into_iter().map(|part| (part.name.to_vec(), part.value.to_vec())).collect(),
            // Two fields may bring one: by the camera, and by choice. A field that was left alone is there and empty.
            photo: files.into_iter().map(|part| part.value).find(|file| !file.is_empty()).unwrap_or_default(),
        }
    }

    /// A text; an absent one is empty, and so is one that is no text.
    pub(super) fn text(&self, name: &str) -> &str {
        let found = self.texts.iter().find(|(known, _)| known == name.as_bytes());
        found.and_then(|(_, value)| std::str::from_utf8(value).ok()).unwrap_or_default()
    }

    /// The photo; empty where none was given.
    pub(super) fn photo(&self) -> &'a [u8] {
        self.photo
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, header::CONTENT_TYPE};

    use super::*;

    fn read<'a>(headers: &'a HeaderMap, body: &'a [u8]) -> Form<'a> {
        Form::read(&Request { method: "POST", target: "/desk/details", headers, body })
    }

    #[test]
    fn both_kinds_of_forms_are_read() {
        let headers = HeaderMap::new();
        let form = read(&headers, "name=%E6%A0%B7+%E4%BE%8B&number=1%ff".as_bytes());
        assert_eq!((form.text("name"), form.text("number"), form.text("none")), ("样 例", "", ""));
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, "multipart/form-data; boundary=b".parse().unwrap())]);
        let body = "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n样例\r\n\
                    --b\r\nContent-Disposition: form-data; name=\"camera\"; filename=\"\"\r\n\r\n\r\n\
                    --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"me.jpg\"\r\n\r\nJPEG\r\n--b--\r\n";
        let form = read(&headers, body.as_bytes());
        assert_eq!((form.text("name"), form.photo()), ("样例", "JPEG".as_bytes()));
        assert_eq!(form.text("file"), "", "a file is no text");
    }

    #[test]
    fn a_broken_form_is_an_empty_one() {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, "multipart/form-data; boundary=b".parse().unwrap())]);
        let form = read(&headers, b"--b\r\nnothing");
        assert_eq!((form.text("proof"), form.photo()), ("", &[][..]));
    }
}
