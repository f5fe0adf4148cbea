//! One model behind many doors: what is made through one is read, used and revoked through each other.
//!
//! The matrix in `docs/dialects/README.md` is what this test found; with `VESTIBULE_WRITE_DOCS` set it is written
//! there, without it the two must agree.

mod doors;

use std::{fmt::Write, fs, path::Path};

use doors::{Door, Made, Thing};

use crate::harness::{Server, Start, databases::Database, on_both};

const BEGIN: &str = "<!-- crosswise -->\n";
const END: &str = "<!-- end of crosswise -->";

/// What a door cannot do with a thing that another made, and why.
const NOT_OFFERED: &str = "–";

/// One row of the matrix: a thing made through one door.
async fn row(server: &Server, thing: Thing, through: Door) -> Option<String> {
    let made = doors::make(server, thing, through).await?;
    let mut read = Vec::new();
    for door in Door::ALL {
        read.push(match doors::reads(server, door, &made).await {
            None => NOT_OFFERED.to_owned(),
            Some(found) => {
                assert!(found, "{thing:?} made through {through:?} is not seen through {door:?}");
                door.name().to_owned()
            }
        });
    }
    assert!(doors::works(server, &made).await, "{thing:?} made through {through:?} has no effect");
    let mut revoked = Vec::new();
    for door in Door::ALL {
        // A fresh one for each: it is gone afterwards.
        let made = doors::make(server, thing, through).await.unwrap();
        assert!(doors::works(server, &made).await);
        revoked.push(match doors::revoke(server, door, &made).await {
            None => NOT_OFFERED.to_owned(),
            Some(()) => {
                check_gone(server, &made, door).await;
                door.name().to_owned()
            }
        });
    }
    Some(format!("| {} | {} | {} | {} |", thing.name(), through.name(), cells(&read), cells(&revoked)))
}

/// On the very next request it has no effect any more, and nobody sees it.
async fn check_gone(server: &Server, made: &Made, revoked_through: Door) {
    let what = format!("{:?} revoked through {revoked_through:?}", made.thing);
    assert!(!doors::works(server, made).await, "{what} still has an effect");
    for door in Door::ALL {
        assert_ne!(doors::reads(server, door, made).await, Some(true), "{what} is still seen through {door:?}");
    }
}

fn cells(doors: &[String]) -> String {
    let offered: Vec<_> = doors.iter().filter(|door| *door != NOT_OFFERED).map(String::as_str).collect();
    if offered.is_empty() { NOT_OFFERED.to_owned() } else { offered.join(", ") }
}

async fn matrix(server: &Server) -> String {
    let mut table = String::from("| Thing | Made through | Read through | Revoked through |\n| --- | --- | --- | --- |\n");
    for thing in Thing::ALL {
        for through in Door::ALL {
            if let Some(row) = row(server, thing, through).await {
                writeln!(table, "{row}").unwrap();
            }
        }
    }
    table
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_door_makes_the_others_read_use_and_revoke() {
    on_both(|start| async move {
        let server = start.run().await;
        let found = matrix(&server).await;
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/dialects/README.md");
        let text = fs::read_to_string(&page).unwrap();
        let (before, rest) = text.split_once(BEGIN).expect("the page has a place for the matrix");
        let (told, after) = rest.split_once(END).unwrap();
        if std::env::var_os("VESTIBULE_WRITE_DOCS").is_some() {
            fs::write(&page, format!("{before}{BEGIN}{found}{END}{after}")).unwrap();
        } else {
            assert_eq!(told, found, "set VESTIBULE_WRITE_DOCS and run this test to bring the page up to date");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_enforced_and_shown_honestly_where_it_cannot_be_written() {
    let server = Start::on(Database::sqlite()).run().await;
    doors::a_role_that_says_more(&server).await;
    server.stop().await;
}
