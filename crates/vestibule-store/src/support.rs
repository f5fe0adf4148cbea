//! Rows of invitations and windows.

use vestibule_core::{
    id::InvitationId,
    policy::Statement,
    support::{Invitation, Invitee, Window},
    time::Timestamp,
};

use crate::{
    backend::{Row, Value},
    error::StoreError,
    memory::Facet,
    tx::Tx,
};

fn read_invitation(row: &Row) -> Result<Invitation, StoreError> {
    Ok(Invitation {
        id: row.parsed(0)?,
        invitee: match row.text(1)? {
            "*" => Invitee::Anyone,
            address => Invitee::Person(address.to_owned()),
        },
        expires_at: row.int_or_null(2)?.map(Timestamp::from_millis),
        created_at: Timestamp::from_millis(row.int(3)?),
    })
}

impl Tx {
    /// The realm's list in the order in which its entries were made, lapsed ones too.
    pub async fn list_invitations(&mut self) -> Result<Vec<Invitation>, StoreError> {
        let sql = "SELECT id, invitee, expires_at, created_at FROM invitation WHERE realm_id = $1 ORDER BY position";
        let params = [self.r()];
        self.query(sql, &params).await?.iter().map(read_invitation).collect()
    }

    /// Makes an invitation, or stores a changed one.
    pub async fn save_invitation(&mut self, invitation: &Invitation) -> Result<(), StoreError> {
        // Neither time nor id tells the order: a manifest makes several in one millisecond, and clocks fall back.
        let sql = "INSERT INTO invitation (realm_id, id, invitee, invitee_folded, expires_at, created_at, position) VALUES ($1, $2, $3, $4, $5, $6, \
                   (SELECT COALESCE(MAX(position), 0) + 1 FROM invitation WHERE realm_id = $1)) \
                   ON CONFLICT (realm_id, id) DO UPDATE SET expires_at = excluded.expires_at";
        let params = [
            self.r(),
            invitation.id.to_string().into(),
            invitation.invitee.as_str().into(),
            invitation.invitee.folded().into(),
            invitation.expires_at.map(Timestamp::millis).into(),
            invitation.created_at.millis().into(),
        ];
        self.change(sql, &params).await?;
        Ok(())
    }

    /// Removes an invitation.
    pub async fn delete_invitation(&mut self, id: InvitationId) -> Result<(), StoreError> {
        let params = [self.r(), id.to_string().into()];
        self.change("DELETE FROM invitation WHERE realm_id = $1 AND id = $2", &params).await?;
        Ok(())
    }

    /// Drops entries that ended by the clock; the log told of their end when they were made.
    pub async fn drop_lapsed_invitations(&mut self) -> Result<(), StoreError> {
        let params = [self.r(), self.now().millis().into()];
        self.note("DELETE FROM invitation WHERE realm_id = $1 AND expires_at <= $2", &params).await?;
        Ok(())
    }

    /// The realm's window, if one was ever set.
    pub async fn find_window(&mut self) -> Result<Option<Window>, StoreError> {
        let params = [self.r()];
        let row = self.query_one("SELECT ends_at, statements, version FROM support_window WHERE realm_id = $1", &params).await?;
        let read = |row: Row| {
            Ok(Window {
                ends_at: Timestamp::from_millis(row.int(0)?),
                statements: Statement::read_stored(row.text(1)?),
                version: row.int(2)?,
            })
        };
        row.map(read).transpose()
    }

    /// Stores the realm's window.
    pub async fn save_window(&mut self, window: &Window) -> Result<(), StoreError> {
        let sql = "INSERT INTO support_window (realm_id, ends_at, statements, version) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (realm_id) DO UPDATE SET ends_at = excluded.ends_at, statements = excluded.statements, version = excluded.version";
        let statements =
            serde_json::to_string(&window.statements).map_err(|_| StoreError::Unreadable { what: "the window's statements".to_owned() })?;
        let params = [self.r(), window.ends_at.millis().into(), Value::Text(statements), window.version.into()];
        self.touch(Facet::Support);
        self.touch(Facet::Actions);
        self.change(sql, &params).await?;
        Ok(())
    }
}
