//! The columns of an import, each with the name in files and the Chinese name that is read as well.

/// Declares the columns: the name in files, and the Chinese name that is read as well.
macro_rules! columns {
    ($($variant:ident, $name:literal, $chinese:literal, $about:literal;)+) => {
        /// A column of an import.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Column { $(#[doc = $about] $variant,)+ }

        impl Column {
            /// Every column.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in files.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// Every name, for a message.
            pub(crate) fn names() -> String {
                [$($name),+].join(", ")
            }

            /// The column of that name, Chinese or English.
            pub(crate) fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|column| column.name().eq_ignore_ascii_case(name) || column.chinese() == name)
            }

            const fn chinese(self) -> &'static str {
                match self { $(Self::$variant => $chinese),+ }
            }
        }
    };
}

columns! {
    Op, "op", "操作", "`upsert` (also when empty) or `delete`.";
    Kind, "kind", "类型", "Limits the row to one kind of record: resident, mobile, bankcard or company.";
    IdNumber, "id_number", "身份证号", "A person's resident number.";
    Name, "name", "姓名", "A person's name.";
    Mobile, "mobile", "手机号", "A person's mobile number.";
    BankCard, "bankcard", "银行卡号", "A person's bank card.";
    BankMobile, "bank_mobile", "银行预留手机号", "The mobile number reserved with the bank, where it is not `mobile`.";
    CompanyName, "company_name", "企业名称", "A company's registered name.";
    CompanyNumber, "company_number", "统一社会信用代码", "A company's credit code or organisation code.";
    LicenceNumber, "licence_number", "注册号", "A company's old licence number.";
    LegalName, "legal_name", "法定代表人", "The name of a company's legal representative.";
    LegalId, "legal_id", "法人身份证号", "The resident number of a company's legal representative.";
    Portrait, "portrait", "照片", "A person's reference portrait, an image file in base64.";
    PortraitFile, "portrait_file", "照片文件", "The same as a file's path, from the source's folder.";
}

impl Column {
    /// Whether a column is the operator's own and passed over.
    pub(crate) fn is_own(name: &str) -> bool {
        name.starts_with("x_") || name.starts_with("x-")
    }
}
