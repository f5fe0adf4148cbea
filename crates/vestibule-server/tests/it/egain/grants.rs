//! Grants as they are made, shown and taken back (sections 4 and 5), byte for byte, on both surfaces.

use vestibule_server::dialects::egain::negotiate::Media::{Json, Xml};

use super::{GRANT, OLD_GRANT, grant, grants, refused, sent, server};
use crate::harness::{
    ADA, Server,
    egain::{CRM, GUS},
    http::Reply,
};

/// Status, form, place and body.
#[track_caller]
fn check(reply: &Reply, status: u16, media: &str, location: Option<&str>, body: &str) {
    assert_eq!(reply.status, status, "{}", reply.text());
    assert_eq!((reply.header("content-type"), reply.header("location")), (Some(media), location));
    assert_eq!((reply.header("content-language"), reply.header("cache-control")), (Some("en-US"), Some("no-store")));
    assert_eq!(reply.text(), body);
}

/// 2190 opened up to 2210, and 2210 to 2214 and 2240.
async fn granted() -> Server {
    let server = server(false).await;
    for (on, to) in [("2190", &["2210"][..]), ("2210", &["2214", "2240"])] {
        grant(&server, GUS, on, to).await.expect_status(201);
    }
    server
}

#[tokio::test]
async fn a_grant_is_made_on_either_surface_in_either_form() {
    let server = server(false).await;
    let (new, old) = ("/core/customermgr/v3/customer/2210/grants", "/system/ws/v12/interaction/customer/2210/grant");
    for token in [GUS, CRM] {
        for (path, media, location) in [
            (GRANT, Json, new.to_owned()),
            (GRANT, Xml, new.to_owned()),
            ("/customer/grant", Json, new.to_owned()),
            (OLD_GRANT, Xml, old.to_owned()),
            (OLD_GRANT, Json, old.to_owned()),
            ("/system/ws/v12/interaction/customer/grant", Xml, old.to_owned()),
            ("/realms/acme/core/customermgr/v3/customer/grant", Json, format!("/realms/acme{new}")),
            ("/realms/acme/customer/grant", Json, format!("/realms/acme{new}")),
            ("/realms/acme/ws/v12/interaction/customer/grant", Xml, format!("/realms/acme{old}")),
        ] {
            // A pair that is there already, and one that is named twice, are no change.
            let body = grants(&["2210"], &["2214", "2231", "2214"], media);
            let reply = sent(server.request("POST", path).bearer(token), media, &body).send().await;
            check(&reply, 201, media.as_str(), Some(&location), "");
        }
    }
    let page = server.get("/v1/realms/acme/audit/events?limit=1000", ADA).await.expect(200);
    let added = page["items"].as_array().unwrap().iter().filter(|item| item["event"]["action"] == "customer.grant_added").count();
    assert_eq!(added, 2, "one event for each pair that was new");
    server.stop().await;
}

#[tokio::test]
async fn forms_are_those_of_the_surface_unless_the_request_says() {
    let server = server(false).await;
    for (path, own) in [(GRANT, Json), (OLD_GRANT, Xml)] {
        let reply = server.request("POST", path).bearer(GUS).body(grants(&["2210"], &["2214"], own)).send().await;
        assert_eq!((reply.status, reply.header("content-type")), (201, Some(own.as_str())), "{}", reply.text());
        let reply = server.request("POST", path).bearer(GUS).send().await;
        assert_eq!((reply.status, reply.header("content-type")), (400, Some(own.as_str())));
        refused(&reply, "400-264", "body is required");
    }
    server.stop().await;
}

#[tokio::test]
async fn both_sides_are_shown_in_both_forms() {
    let server = granted().await;
    let link = |id: &str| format!(r#"{{"rel":"customer","href":"/core/customermgr/v3/customer/{id}"}}"#);
    let one = |id: &str, name: &str| format!(r#"{{"link":[{}],"customerName":"{name}","id":"{id}"}}"#, link(id));
    let json = format!(
        r#"{{"grantsOn":{{"customer":[{}]}},"grantsTo":{{"customer":[{},{}]}}}}"#,
        one("2190", "Amara Osei"),
        one("2214", "Ilse Brandt"),
        one("2240", "Sven O'Öberg")
    );
    let namespace = "http://bindings.egain.com/ws/model/v12/gen/interaction/customer";
    let xml = |base: &str| {
        let one = |id: &str, name: &str| {
            let link = format!(r#"<link rel="customer" href="{base}/customer/{id}"/>"#);
            format!(r#"<customer id="{id}">{link}<customerName>{name}</customerName></customer>"#)
        };
        format!(
            r#"<grants xmlns="{namespace}"><grantsOn>{}</grantsOn><grantsTo>{}{}</grantsTo></grants>"#,
            one("2190", "Amara Osei"),
            one("2214", "Ilse Brandt"),
            one("2240", "Sven O'Öberg")
        )
    };
    let (new, old) = ("/core/customermgr/v3", "/system/ws/v12/interaction");
    for token in [GUS, CRM] {
        for (path, media, body) in [
            (format!("{new}/customer/2210/grants"), Json, json.clone()),
            (format!("{new}/customer/2210/grants"), Xml, xml(new)),
            ("/ws/v12/interaction/customer/2210/grant".to_owned(), Xml, xml(old)),
            (format!("/realms/acme{old}/customer/2210/grant"), Xml, xml(&format!("/realms/acme{old}"))),
        ] {
            let reply = server.request("GET", &path).bearer(token).header("accept", media.as_str()).send().await;
            check(&reply, 200, media.as_str(), None, &body);
        }
        let reply = server.get(&format!("{new}/customer/2231/grants"), token).await;
        check(&reply, 204, "application/json", None, "");
        let reply = server.get(&format!("{new}/customer/2190/grants"), token).await;
        check(&reply, 200, "application/json", None, &format!(r#"{{"grantsTo":{{"customer":[{}]}}}}"#, one("2210", "Dana Reyes")));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_grant_is_taken_back_once() {
    let server = granted().await;
    let path = "/core/customermgr/v3/customer/2210/grantedcustomer/2214";
    refused(&server.request("DELETE", path).bearer(GUS).body("{}").send().await, "400-203", "");
    let reply = server.delete(path, GUS).await;
    check(&reply, 204, "application/json", None, "");
    refused(&server.delete(path, GUS).await, "400-127", "No such customer grant");
    // It goes one way: that 2210 may act for 2190 is another grant.
    refused(&server.delete("/core/customermgr/v3/customer/2210/grantedcustomer/2190", CRM).await, "400-127", "");
    let reply =
        server.request("DELETE", "/core/customermgr/v3/customer/2190/grantedcustomer/2210").bearer(CRM).header("accept", "application/xml");
    check(&reply.send().await, 204, "application/xml", None, "");
    server.stop().await;
}

#[tokio::test]
async fn several_grants_are_taken_back_or_none() {
    let server = granted().await;
    let path = "/system/ws/v12/interaction/customer/2210/grant";
    let delete = async |to: &[&str]| sent(server.request("DELETE", path).bearer(GUS), Xml, &grants(&[], to, Xml)).send().await;
    refused(&delete(&["2214", "2231"]).await, "400-127", "");
    refused(&delete(&["2214", "9"]).await, "400-194", "'9'");
    let both = grants(&["2210"], &["2214"], Xml);
    refused(&sent(server.request("DELETE", path).bearer(GUS), Xml, &both).send().await, "400-147", "'grantsOn'");
    refused(&server.request("DELETE", path).bearer(GUS).send().await, "400-264", "");
    let shown = server.request("GET", path).bearer(GUS).header("accept", "application/json").send().await.expect(200);
    assert_eq!(shown["grantsTo"]["customer"].as_array().unwrap().len(), 2, "nothing went");
    check(&delete(&["2240", "2214", "2240"]).await, 204, "application/xml", None, "");
    refused(&delete(&["2240"]).await, "400-127", "");
    server.stop().await;
}
