//! XML: each way of being unreadable, and both sides of each limit.

use super::*;

fn members(all: &[(&str, Tree)]) -> Tree {
    Tree::Members(all.iter().map(|(name, tree)| ((*name).to_owned(), tree.clone())).collect())
}

fn text(text: &str) -> Tree {
    Tree::Text(text.to_owned())
}

#[test]
fn a_document_becomes_its_tree() {
    let namespace = words::CUSTOMER_NAMESPACE;
    let one = || members(&[("b", members(&[("id", text("1"))]))]);
    for (sent, tree) in [
        ("<a/>".to_owned(), text("")),
        ("<a> x </a>".to_owned(), text(" x ")),
        ("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- c --><a><b id='1'/></a>\n".to_owned(), one()),
        (format!(r#"<a xmlns="{namespace}"><b id="1"/></a>"#), one()),
        (format!(r#"<x:a xmlns:x="{namespace}"><x:b id="1"> </x:b></x:a>"#), one()),
        ("<a><b><id>1</id></b></a>".to_owned(), one()),
        (r#"<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="u v"><b i:type="t" id="1"/></a>"#.to_owned(), one()),
        ("<a><b/>\n<c>2</c><b>1</b></a>".to_owned(), members(&[("b", Tree::List(vec![text(""), text("1")])), ("c", text("2"))])),
        ("<a>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;<![CDATA[<c>&d;]]></a>".to_owned(), text("<&>\"'AB<c>&d;")),
        ("<a b='&lt;&#65;&amp;'/>".to_owned(), members(&[("b", text("<A&"))])),
        ("<a>1<!-- in between -->2</a>".to_owned(), text("12")),
    ] {
        assert_eq!(read(sent.as_bytes(), "a"), Ok(tree), "{sent}");
    }
}

#[test]
fn what_is_not_a_document_of_ours_is_refused() {
    let laughs: String = (1..10).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
    let deep = |levels: usize| "<a>".repeat(levels) + &"</a>".repeat(levels);
    let wide = |count: usize| format!("<a>{}</a>", "<b/>".repeat(count));
    let attributes = |count: usize| format!("<a {}/>", (0..count).map(|n| format!("b{n}='' ")).collect::<String>());
    assert!(read(deep(DEPTH_MAX).as_bytes(), "a").is_ok() && read(wide(ELEMENTS_MAX - 1).as_bytes(), "a").is_ok());
    assert!(read(attributes(ATTRIBUTES_MAX).as_bytes(), "a").is_ok());
    for sent in [
        format!("<!DOCTYPE a [<!ENTITY l0 \"ha\">{laughs}]><a>&l9;</a>"),
        "<!DOCTYPE a SYSTEM \"http://127.0.0.1/a.dtd\"><a/>".to_owned(),
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>".to_owned(),
        "<!DOCTYPE a><a/>".to_owned(),
        "<a>&x;</a>".to_owned(),
        "<a b='&x;'/>".to_owned(),
        "<a>&#0;</a>".to_owned(),
        "<a b='&#1;'/>".to_owned(),
        "<a>&#xd800;</a>".to_owned(),
        "<a>&#55296;</a>".to_owned(),
        "<a>&</a>".to_owned(),
        "<a>\u{1}</a>".to_owned(),
        "<a>\0</a>".to_owned(),
        "<?xml-stylesheet href='x'?><a/>".to_owned(),
        "<a><?php x?></a>".to_owned(),
        "<a/><?x?>".to_owned(),
        deep(DEPTH_MAX + 1),
        "<a>".repeat(20_000),
        wide(ELEMENTS_MAX),
        attributes(ATTRIBUTES_MAX + 1),
        "<a xmlns='urn:else'/>".to_owned(),
        "<a><b xmlns='http://bindings.egain.com/ws/model/v13'/></a>".to_owned(),
        "<a xmlns:x='urn:else' x:b='1'/>".to_owned(),
        "<x:a/>".to_owned(),
        "<a x:b='1'/>".to_owned(),
        "<b/>".to_owned(),
        "<A/>".to_owned(),
        "<a/><a/>".to_owned(),
        "<a/>x".to_owned(),
        "x<a/>".to_owned(),
        "<![CDATA[x]]><a/>".to_owned(),
        "<a>".to_owned(),
        "<a></b>".to_owned(),
        "</a>".to_owned(),
        "<a><b></a></b>".to_owned(),
        "<a>x<b/></a>".to_owned(),
        "<a b='1'>x</a>".to_owned(),
        "<a b='1' b='1'/>".to_owned(),
        "<a b='<'/>".to_owned(),
        "<a b=1/>".to_owned(),
        "<a b/>".to_owned(),
        "<!-- -- --><a/>".to_owned(),
        " <?xml version='1.0'?><a/>".to_owned(),
        "<?xml version='1.1'?><a/>".to_owned(),
        "<?xml version='1.0' encoding='UTF-16'?><a/>".to_owned(),
        "<?xml version='1.0' encoding='ISO-8859-1'?><a/>".to_owned(),
        "{}".to_owned(),
        String::new(),
    ] {
        let found = read(sent.as_bytes(), "a");
        let shown: String = sent.chars().take(80).collect();
        assert_eq!(found.map_err(|malformed| malformed.field), Err("body".into()), "{shown}");
    }
    for sent in [&b"\xff\xfe<\0a\0/\0>\0"[..], b"\xfe\xff\0<\0a\0/\0>", b"<a>\xe9</a>", b"\0<\0a\0/\0>"] {
        assert_eq!(read(sent, "a").unwrap_err().field, "body");
    }
}
