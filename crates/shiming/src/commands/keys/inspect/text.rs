//! What was found, for people to read, in either language.

use std::fmt::Write as _;

use super::{
    Looked,
    found::{Certificate, Found},
    settings::Setting,
};
use crate::{commands::explain::Lang, output::Table};

impl Looked {
    pub(super) fn text(&self, lang: Lang) -> String {
        let mut text = format!("{}\n", self.file);
        if let Some(reason) = &self.reason {
            let mut table = Table::plain();
            table.row([lang.pick("not understood", "无法识别"), lang.pick(&reason.english, &reason.chinese)]);
            return text + &table.text("  ");
        }
        for (number, one) in self.found.iter().enumerate() {
            if self.found.len() > 1 {
                let _ = writeln!(text, "  [{}]", number + 1);
            }
            text.push_str(&one.table(lang, number == 0).text("  "));
        }
        if let Some(sn) = &self.root_serial_number {
            let _ = writeln!(text, "  {}  {sn}", lang.pick("root SN", "根证书 SN"));
        }
        text
    }
}

impl Found {
    /// Of a bundle only the first says where it all goes.
    fn table(&self, lang: Lang, with_settings: bool) -> Table {
        let mut table = Table::plain();
        table.row([lang.pick("what", "类型"), lang.pick(&self.english, &self.chinese)]);
        table.row([lang.pick("written as", "写法"), lang.pick(self.written, self.written_chinese)]);
        if let Some(bits) = self.bits {
            table.row([lang.pick("size", "长度").to_owned(), format!("{bits} {}", lang.pick("bits", "位"))]);
        }
        let half = if self.secret {
            lang.pick("secret: it stays with its owner", "机密，只应由其持有者保存")
        } else {
            lang.pick("public: anybody may have it", "公开，可以交给任何人")
        };
        table.row([lang.pick("keep", "保管"), half]);
        if let Some(Certificate { subject, issuer, serial, serial_number, not_before, not_after, .. }) =
            &self.certificate
        {
            table.row([lang.pick("subject", "主体"), subject]);
            table.row([lang.pick("issuer", "签发者"), issuer]);
            table.row([lang.pick("serial", "序列号"), serial]);
            table.row([lang.pick("SN", "证书 SN"), serial_number]);
            let valid = format!("{not_before} {} {not_after}", lang.pick("to", "至"));
            table.row([lang.pick("valid", "有效期"), &valid]);
        }
        if let Some(print) = &self.fingerprint {
            table.row([lang.pick("SHA-256", "公钥指纹"), print]);
        }
        for file in &self.pairs_with {
            table.row([lang.pick("same pair", "同一对"), file]);
        }
        table.row([lang.pick("belongs", "用处"), lang.pick(self.belongs, self.belongs_chinese)]);
        for Setting { sdk, name, form, form_chinese, .. } in self.settings.iter().filter(|_| with_settings) {
            table.row([
                lang.pick("setting", "SDK 设置").to_owned(),
                format!("{sdk}: {name}, {}", lang.pick(form, form_chinese)),
            ]);
        }
        for note in &self.notes {
            table.row([lang.pick("note", "注意"), lang.pick(&note.english, &note.chinese)]);
        }
        table
    }
}
