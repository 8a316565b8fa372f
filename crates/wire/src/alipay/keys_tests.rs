use proptest::prelude::*;

use super::*;
use crate::alipay::pasted::Oddity;
use crate::hex::hex;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/alipay-gateway/keys/");

fn read(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FOLDER}{name}")).unwrap()
}

fn public(name: &str) -> PublicKey {
    PublicKey::parse(&read(name), Slot::AppPublic).unwrap()
}

fn private(name: &str) -> PrivateKey {
    PrivateKey::parse(&read(name), Slot::AppPrivate).unwrap()
}

/// The base64 lines of a PEM text without its banners.
fn bare(pem: &[u8]) -> String {
    String::from_utf8(pem.to_vec()).unwrap().lines().filter(|line| !line.starts_with("-----")).collect()
}

#[test]
fn every_form_of_a_public_key_is_the_same_key() {
    let pem_text = String::from_utf8(read("app_public.pem")).unwrap();
    let key = public("app_public.pem");
    let der = STANDARD.decode(bare(pem_text.as_bytes())).unwrap();
    let pkcs1 = pkcs1_of_spki(&der).unwrap();
    let forms: Vec<Vec<u8>> = vec![
        bare(pem_text.as_bytes()).into_bytes(),
        der.clone(),
        pkcs1.to_vec(),
        STANDARD.encode(pkcs1).into_bytes(),
        pem("RSA PUBLIC KEY", pkcs1).into_bytes(),
        pem_text.replace('\n', "\r\n").into_bytes(),
        pem_text.replace('\n', "\\n").into_bytes(),
        pem_text.replace('\n', " ").into_bytes(),
        format!("\"{}\"", bare(pem_text.as_bytes())).into_bytes(),
        format!("\u{feff}{pem_text}").into_bytes(),
        STANDARD.encode(&pem_text).into_bytes(),
        hex(&der).into_bytes(),
        read("app_cert.crt"),
        pem("PUBLIC KEY", pkcs1).into_bytes(),
        bare(pem_text.as_bytes()).as_bytes().chunks(10).collect::<Vec<_>>().join(&b"\n  "[..]),
    ];
    for (at, form) in forms.iter().enumerate() {
        assert_eq!(PublicKey::parse(form, Slot::AppPublic).as_ref(), Ok(&key), "form {at}");
    }
    assert_eq!(key.to_base64(), bare(pem_text.as_bytes()));
    assert_eq!(key.to_pem(), pem_text);
    assert_eq!((key.bits(), public("app1024_public.pem").bits()), (2048, 1024));
}

#[test]
fn every_form_of_a_private_key_is_the_same_key() {
    for stem in ["app", "app1024", "platform"] {
        let [one, eight] = ["1", "8"].map(|form| read(&format!("{stem}_private_pkcs{form}.pem")));
        let key = public(&format!("{stem}_public.pem"));
        for form in [&one, &eight, &bare(&one).into_bytes(), &bare(&eight).into_bytes()] {
            assert_eq!(PrivateKey::parse(form, Slot::AppPrivate).unwrap().public_key(), &key);
        }
    }
}

#[test]
fn a_wrong_paste_is_named() {
    let parse = |bytes: &[u8]| PublicKey::parse(bytes, Slot::AppPublic).unwrap_err();
    let slot = Slot::AppPublic;
    assert_eq!(parse(&read("app_private_pkcs1.pem")), KeyError::Private { slot, found: Kind::RsaPrivatePkcs1 });
    assert_eq!(
        parse(bare(&read("app_private_pkcs8.pem")).as_bytes()),
        KeyError::Private { slot, found: Kind::RsaPrivatePkcs8 }
    );
    assert_eq!(parse(&read("aes_key.txt")), KeyError::Wrong { slot, found: Kind::ContentKey });
    assert_eq!(parse(b" \r\n"), KeyError::Paste(PasteError::Empty));
    assert_eq!(parse("公钥".as_bytes()), KeyError::Paste(PasteError::NotBase64));
    assert_eq!(parse(&[0xff, 0xfe, 1, 0]), KeyError::Paste(PasteError::Utf16));
    let text = bare(&read("app_public.pem"));
    assert_eq!(parse(&text.as_bytes()[..200]), KeyError::Paste(PasteError::Truncated { declared: 294, found: 150 }));
    assert!(matches!(parse(&text.as_bytes()[..text.len() - 1]), KeyError::Paste(PasteError::Truncated { .. })));
    assert_eq!(parse(b"-----BEGIN PUBLIC KEY-----\nMIIB"), KeyError::Paste(PasteError::NoEnd));
    let der = STANDARD.decode(&text).unwrap();
    assert_eq!(parse(&[der.as_slice(), &der].concat()), KeyError::Paste(PasteError::Trailing(294)));
    assert_eq!(parse(&[read("app_public.pem"), read("stranger_public.pem")].concat()), KeyError::Several(2));
    assert_eq!(
        parse(&[read("app_public.pem"), read("app_private_pkcs1.pem")].concat()),
        KeyError::Private { slot, found: Kind::RsaPrivatePkcs1 }
    );
    assert_eq!(parse(b"ssh-rsa AAAAB3NzaC1yc2E me"), KeyError::Wrong { slot, found: Kind::SshPublic });
    for private in [
        "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
        "PuTTY-User-Key-File-3: ssh-rsa\n",
    ] {
        assert_eq!(parse(private.as_bytes()), KeyError::Private { slot, found: Kind::SshPrivate });
    }
    let curve = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    let key = "MDECAQEEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABoAoGCCqGSM49AwEH";
    let private = format!("{curve}-----BEGIN EC PRIVATE KEY-----\n{key}\n-----END EC PRIVATE KEY-----\n");
    assert_eq!(parse(private.as_bytes()), KeyError::Private { slot, found: Kind::EcPrivate });
    let wrong = PrivateKey::parse(&read("app_public.pem"), Slot::PlatformPrivate).unwrap_err();
    assert_eq!(wrong.to_string(), "the platform's private key belongs here, but this is an RSA public key (SPKI)");
}

#[test]
fn a_key_in_the_other_sides_slot_is_refused() {
    let platform = public("platform_public.pem");
    assert_eq!(PublicKey::parse_for_app(&read("platform_public.pem"), &[&platform]), Err(KeyError::PlatformKey));
    assert_eq!(PublicKey::parse_for_app(&read("platform_cert.crt"), &[&platform]), Err(KeyError::PlatformKey));
    assert!(PublicKey::parse_for_app(&read("app_public.pem"), &[&platform]).is_ok());
    let app = public("app_public.pem");
    assert_eq!(PrivateKey::parse_for_platform(&read("app_private_pkcs8.pem"), &[&app]).unwrap_err(), KeyError::AppKey);
}

#[test]
fn small_and_large_keys_are_refused_by_their_size() {
    let modulus = |bytes: usize| {
        let number = [vec![0, 0x80], vec![1; bytes - 1]].concat();
        der::write(SEQUENCE, &[der::write(INTEGER, &number), der::write(INTEGER, &[1, 0, 1])].concat())
    };
    assert_eq!(PublicKey::of_pkcs1(&modulus(64)).unwrap_err(), KeyError::Bits(512));
    assert_eq!(PublicKey::of_pkcs1(&modulus(1024)).unwrap_err(), KeyError::Bits(8192));
    assert!(PublicKey::of_pkcs1(&modulus(512)).is_ok());
}

#[test]
fn both_algorithms_sign_and_verify_with_both_sizes() {
    for stem in ["app", "app1024"] {
        let (signer, key) = (private(&format!("{stem}_private_pkcs8.pem")), public(&format!("{stem}_public.pem")));
        for algorithm in [Algorithm::Rsa2, Algorithm::Rsa] {
            let signature = signer.sign(algorithm, b"text").unwrap();
            let digest = digest::digest(algorithm.hash(), b"text");
            assert!(key.verifies(algorithm, &digest, &signature));
            assert!(!public("stranger_public.pem").verifies(algorithm, &digest, &signature));
            let other = digest::digest(algorithm.other().hash(), b"text");
            assert!(!key.verifies(algorithm.other(), &other, &signature));
            assert_eq!(key.open(&signature), Opened::Hash(algorithm, digest.as_ref().to_vec()));
            assert_eq!(public("stranger_public.pem").open(&signature), Opened::AnotherKey);
            assert_eq!(key.open(&signature[1..]), Opened::AnotherKey);
        }
    }
}

#[test]
fn debug_and_errors_never_show_a_key() {
    let key = private("app_private_pkcs8.pem");
    assert_eq!(format!("{key:?}"), "PrivateKey(…)");
    assert_eq!(format!("{:?}", key.public_key()), "PublicKey(2048 bits)");
    let block = pasted::blocks(&read("app_private_pkcs8.pem")).unwrap().remove(0);
    assert_eq!(format!("{block:?}"), "Block(RsaPrivatePkcs8)");
}

#[test]
fn what_is_unusual_about_a_paste_is_noted() {
    let text = String::from_utf8(read("app_public.pem")).unwrap();
    let oddities = |text: &str| pasted::blocks(text.as_bytes()).unwrap().remove(0).oddities;
    assert_eq!(oddities(&text), []);
    assert_eq!(oddities(&text.replace("PUBLIC KEY", "RSA PUBLIC KEY")), [Oddity::WrongBanner]);
    assert_eq!(oddities(&text.replace('\n', "\\n")), [Oddity::EscapedLineEnds]);
    assert_eq!(oddities(&format!("'{text}'")), [Oddity::Quoted]);
    assert_eq!(oddities(&STANDARD.encode(&text)), [Oddity::EncodedTwice]);
    assert_eq!(oddities(&STANDARD.encode(bare(text.as_bytes()))), [Oddity::EncodedTwice]);
    assert_eq!(oddities(&pem("PUBLIC KEY", text.as_bytes())), [Oddity::EncodedTwice]);
    assert_eq!(oddities(&bare(text.as_bytes()).replace('+', "-").replace('/', "_")), [Oddity::UrlSafe]);
}

proptest! {
    #[test]
    fn no_paste_panics(bytes in any::<Vec<u8>>(), text in "(-----BEGIN )?[A-Z ]{0,12}(-----)?[A-Za-z0-9+/=\\n]{0,80}(-----END )?(-----)?") {
        let _ = PublicKey::parse(&bytes, Slot::AppPublic);
        let _ = PrivateKey::parse(text.as_bytes(), Slot::AppPrivate);
        let _ = PublicKey::parse(&[&[0x30, 0x82][..], &bytes].concat(), Slot::AppPublic);
    }

    #[test]
    fn no_damaged_key_panics_and_none_is_taken_for_a_private_one(at in 0_usize..294, to: u8) {
        let mut der = STANDARD.decode(bare(&read("app_public.pem"))).unwrap();
        der[at] = to;
        let _ = PublicKey::parse(&der, Slot::AppPublic);
        prop_assert!(PrivateKey::parse(&der, Slot::AppPrivate).is_err());
    }

    #[test]
    fn no_certificate_damage_panics(at in 0_usize..800, to: u8) {
        let mut der = pasted::blocks(&read("app_cert.crt")).unwrap().remove(0).expose().to_vec();
        let at = at % der.len();
        der[at] = to;
        let _ = PublicKey::parse(&der, Slot::AppPublic);
        let _ = crate::alipay::certificate::root_serial_number(&der);
    }
}
