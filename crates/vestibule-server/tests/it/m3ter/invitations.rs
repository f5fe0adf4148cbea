//! Inviting people: I1 (section 7 of the page), and the page that the link in the letter leads to.

use serde_json::{Value, json};

use super::{get, id_of, listed, post, refused, server};
use crate::harness::{ADA, Server, http::Reply, on_both};

const INVITATIONS: &str = "/invitations";
const PASSWORD: &str = "correct+horse+battery";

fn ann() -> Value {
    json!({ "email": "ann@acme.example", "firstName": "Ann", "lastName": "O'Hara", "contactNumber": "+49 89 1", "m3terUser": false })
}

/// The path and the secret of the link in the newest letter.
async fn link(server: &Server) -> (String, String) {
    server.operations.deliver_due_mail().await.unwrap();
    // Whoever administers the realm may read its outbox, but not the secret.
    let kept = server.get("/v1/realms/acme/outbox", ADA).await.expect(200)["items"][0].clone();
    assert!(kept["text"].as_str().unwrap().contains("?secret=[kept-back]"), "{kept}");
    let letter = server.folder.join("mail").join(format!("{}.eml", kept["id"].as_str().unwrap()));
    let (letter, base) = (std::fs::read_to_string(letter).unwrap(), format!("http://{}", server.address));
    // Quoted-printable breaks long lines, and spells `=`.
    let letter = letter.replace("=\r\n", "").replace("=3D", "=");
    let line = letter.lines().map(str::trim).find(|line| line.starts_with(&base)).unwrap().to_owned();
    let (path, secret) = line[base.len()..].split_once("?secret=").unwrap();
    (path.to_owned(), secret.to_owned())
}

async fn open(server: &Server, path: &str, secret: &str) -> Reply {
    server.request("GET", &format!("{path}?secret={secret}")).send().await
}

async fn accept(server: &Server, path: &str, form: &str) -> Reply {
    server.request("POST", path).form(form).send().await
}

/// Holds a page to what each of them has.
#[track_caller]
fn check_page(reply: &Reply, status: u16, words: &str) {
    assert_eq!(reply.status, status, "{}", reply.text());
    let policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("content-security-policy", policy),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(reply.header(name), Some(value), "{name}");
    }
    let text = reply.text();
    assert!(text.contains(words), "{words} in {text}");
    assert!(!text.contains("<script") && !text.contains("style="), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_invited_and_becomes_a_user_once() {
    on_both(|start| async move {
        let server = start.run().await;
        let reader = id_of(&server, "/permissionpolicies", "name", "ReadOnly").await;
        let ada = get(&server, "/users/me", ADA).await.expect(200)["user"]["id"].clone();
        let mut wish = ann();
        wish["permissionPolicyIds"] = json!([reader, reader]);
        wish["dtEndAccess"] = json!("2031-03-01T00:00:00Z");
        let made = post(&server, INVITATIONS, ADA, &wish).await.expect(200);
        let at = "2027-01-15T08:00:00.000Z";
        let expected = json!({
            "id": made["id"], "version": 1, "email": "ann@acme.example", "firstName": "Ann", "lastName": "O'Hara",
            "permissionPolicyIds": [reader], "dtEndAccess": "2031-03-01T00:00:00.000Z", "dtExpiry": "2027-02-14T08:00:00.000Z",
            "invitingPrincipalId": ada, "accepted": false, "dtCreated": at, "dtLastModified": at, "createdBy": ada, "lastModifiedBy": ada,
        });
        assert_eq!(made, expected);
        let one = format!("{INVITATIONS}/{}", made["id"].as_str().unwrap());
        assert_eq!(get(&server, &one, ADA).await.expect(200), made);

        let (path, secret) = link(&server).await;
        check_page(
            &open(&server, &path, &secret).await,
            200,
            "Ann O&#39;Hara, choose a password for your account <strong>ann@acme.example",
        );
        check_page(&open(&server, &path, "wrong").await, 404, "This link does not work");
        let form = |secret: &str, password: &str, again: &str| format!("secret={secret}&password={password}&password_again={again}");
        check_page(&accept(&server, &path, &form(&secret, PASSWORD, "other")).await, 400, "The two passwords are not the same.");
        check_page(&accept(&server, &path, &form(&secret, "short", "short")).await, 400, "12 characters or more");
        check_page(&accept(&server, &path, &form("wrong", PASSWORD, PASSWORD)).await, 404, "This link does not work");
        check_page(&accept(&server, &path, "password=x").await, 404, "This link does not work");
        assert_eq!(get(&server, &one, ADA).await.expect(200), made, "nothing came of those");
        check_page(&accept(&server, &path, &form(&secret, PASSWORD, PASSWORD)).await, 200, "Your account is there");
        check_page(&accept(&server, &path, &form(&secret, PASSWORD, PASSWORD)).await, 404, "This link does not work");
        check_page(&open(&server, &path, &secret).await, 404, "This link does not work");

        let accepted = get(&server, &one, ADA).await.expect(200);
        assert_eq!((&accepted["accepted"], &accepted["version"]), (&json!(true), &json!(2)));
        let id = id_of(&server, "/users", "email", "ann@acme.example").await;
        let user = get(&server, &format!("/users/{id}"), ADA).await.expect(200);
        assert_eq!(
            (&user["firstName"], &user["lastName"], &user["contactNumber"], &user["dtEndAccess"], &user["createdBy"]),
            (&json!("Ann"), &json!("O'Hara"), &json!("+49 89 1"), &json!("2031-03-01T00:00:00.000Z"), &ada)
        );
        assert_eq!(listed(&server, "GET", &format!("/users/{id}/permissions"), 9, "name").await, ["ReadOnly"]);
        // Who has a password is not asked for one.
        refused(&super::below(&server, "PUT", &format!("/users/{id}/password/resend"), ADA).json("").send().await, 400);
        assert!(refused(&post(&server, INVITATIONS, ADA, &ann()).await, 400).contains("user"));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_lapses_at_its_end_and_stays_to_be_read() {
    let server = server().await;
    let mut wish = ann();
    wish["dtExpiry"] = json!("2027-01-15T08:00:01Z");
    post(&server, INVITATIONS, ADA, &wish).await.expect_status(200);
    let (path, secret) = link(&server).await;
    server.clock.advance_ms(999);
    check_page(&open(&server, &path, &secret).await, 200, "can be accepted once");
    server.clock.advance_ms(1);
    check_page(&open(&server, &path, &secret).await, 404, "This link does not work");
    for _ in 0..2 {
        server.clock.advance_ms(1);
        post(&server, INVITATIONS, ADA, &ann()).await.expect_status(200);
    }
    for size in [1, 2, 3] {
        assert_eq!(listed(&server, "GET", INVITATIONS, size, "email").await, ["ann@acme.example"; 3]);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_breaks_a_rule_is_named() {
    let server = server().await;
    let with = |name: &str, value: Value| {
        let mut body = ann();
        body[name] = value;
        body
    };
    for (name, value) in [
        ("email", Value::Null),
        ("email", json!("ann")),
        ("email", json!("a@b@acme.example")),
        ("firstName", json!("")),
        ("firstName", json!("x".repeat(101))),
        ("lastName", Value::Null),
        ("lastName", json!(7)),
        ("contactNumber", json!("x".repeat(51))),
        ("m3terUser", json!("true")),
        ("permissionPolicyIds", json!("x")),
        ("permissionPolicyIds", json!([7])),
        ("permissionPolicyIds", json!(vec!["x"; 101])),
        ("dtEndAccess", json!("tomorrow")),
        ("dtEndAccess", json!("2027-01-15T08:00:00Z")),
        ("dtExpiry", json!("2027-01-15T08:00:00Z")),
        ("version", json!(1)),
    ] {
        let message = refused(&post(&server, INVITATIONS, ADA, &with(name, value.clone())).await, 400);
        assert!(message.contains(&format!("`{name}")), "{name} {value}: {message}");
    }
    for policy in ["x", "00000000-0000-0000-0000-000000000000"] {
        refused(&post(&server, INVITATIONS, ADA, &with("permissionPolicyIds", json!([policy]))).await, 404);
    }
    for id in ["x", "00000000-0000-0000-0000-000000000000"] {
        refused(&get(&server, &format!("{INVITATIONS}/{id}"), ADA).await, 404);
    }
    post(&server, INVITATIONS, ADA, &with("firstName", json!("ü".repeat(100)))).await.expect_status(200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_sent_to_the_page_is_answered_with_a_page() {
    let server = server().await;
    post(&server, INVITATIONS, ADA, &ann()).await.expect_status(200);
    let (path, secret) = link(&server).await;
    let gone = "This link does not work";
    let good = format!("secret={secret}&password={PASSWORD}&password_again={PASSWORD}");
    for body in [
        &b""[..],
        b"\xff\xfe",
        b"%zz=%",
        b"secret=%ff&password=x&password_again=x",
        b"{\"secret\":1}",
        format!("{good}&secret=x").as_bytes(),
        format!("secret={}&password=x&password_again=x", "x".repeat(60_000)).as_bytes(),
    ] {
        let what = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let reply = server.request("POST", &path).form(body).send().await;
        assert!(reply.status == 404 || reply.status == 400, "{what}: {}", reply.status);
        check_page(&reply, reply.status, "<h1>");
    }
    let long = server.request("POST", &path).form("x".repeat(70_000)).send().await;
    check_page(&long, 400, "cannot be read");
    for (realm, id) in
        [("acme", "x"), ("acme", "00000000-0000-0000-0000-000000000000"), ("other", path.rsplit('/').next().unwrap()), ("A%20B", "x")]
    {
        check_page(&open(&server, &format!("/join/{realm}/{id}"), &secret).await, 404, gone);
    }
    check_page(&server.request("GET", &path).send().await, 404, gone);
    assert_eq!(server.request("PUT", &path).send().await.status, 405);
    check_page(&accept(&server, &path, &good).await, 200, "Your account is there");
    server.stop().await;
}
