//! The style sheet and the camera's script. Their names change with their content, so that a browser may keep them.

use aws_lc_rs::digest::{SHA256, digest};

use crate::doors::alipay::hex;

const STYLE: &str = include_str!("assets/desk.css");
const CAMERA: &str = include_str!("assets/camera.js");

/// What the pages load.
pub(super) struct Assets {
    /// The style sheet's file name.
    pub(super) style: String,
    /// The script's file name.
    pub(super) camera: String,
}

impl Assets {
    pub(super) fn new() -> Self {
        Self { style: format!("desk.{}.css", mark(STYLE)), camera: format!("camera.{}.js", mark(CAMERA)) }
    }

    /// Content and media type of a file.
    pub(super) fn find(&self, name: &str) -> Option<(&'static str, &'static str)> {
        if name == self.style {
            Some((STYLE, "text/css; charset=utf-8"))
        } else if name == self.camera {
            Some((CAMERA, "text/javascript; charset=utf-8"))
        } else {
            None
        }
    }
}

fn mark(content: &str) -> String {
    hex(digest(&SHA256, content.as_bytes()).as_ref()).chars().take(16).collect()
}
