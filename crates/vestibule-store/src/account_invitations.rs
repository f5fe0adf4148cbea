//! Rows of invitations of people. The link's secret is kept as a keyed hash.

use vestibule_core::{
    account::Profile,
    account_invitation::AccountInvitation,
    id::{AccountInvitationId, RoleId},
    time::Timestamp,
};

use crate::{
    authorship,
    backend::Row,
    error::StoreError,
    tx::{FIRST_PAGE, Page, PageRequest, Tx},
};

const COLUMNS: &str = "id, email, first_name, last_name, contact_number, role_ids, ends_at, expires_at, accepted_at, is_for_account, \
                       account_key, version, created_at, created_by, modified_by, modified_at";

fn read(row: &Row) -> Result<AccountInvitation, StoreError> {
    let unreadable = || StoreError::Unreadable { what: format!("roles of invitation {}", row.text(0).unwrap_or("?")) };
    Ok(AccountInvitation {
        id: row.parsed(0)?,
        email: row.parsed(1)?,
        profile: Profile {
            first_name: row.text(2)?.to_owned(),
            last_name: row.text(3)?.to_owned(),
            contact_number: row.text(4)?.to_owned(),
            ..Profile::default()
        },
        roles: serde_json::from_str::<Vec<RoleId>>(row.text(5)?).map_err(|_| unreadable())?,
        ends_at: row.int_or_null(6)?.map(Timestamp::from_millis),
        expires_at: Timestamp::from_millis(row.int(7)?),
        accepted_at: row.int_or_null(8)?.map(Timestamp::from_millis),
        is_for_account: row.flag(9)?,
        account: authorship::author(row, 10)?,
        version: row.int(11)?,
        created_at: Timestamp::from_millis(row.int(12)?),
        authorship: authorship::read(row, 13)?,
    })
}

impl Tx {
    /// An invitation by its id.
    pub async fn find_account_invitation(&mut self, id: AccountInvitationId) -> Result<Option<AccountInvitation>, StoreError> {
        let params = [self.r(), id.to_string().into()];
        let sql = format!("SELECT {COLUMNS} FROM account_invitation WHERE realm_id = $1 AND id = $2");
        self.query_one(&sql, &params).await?.as_ref().map(read).transpose()
    }

    /// The same, if this is the keyed hash of its link's secret.
    pub async fn find_account_invitation_by_link(
        &mut self,
        id: AccountInvitationId,
        lookup: &[u8; 32],
    ) -> Result<Option<AccountInvitation>, StoreError> {
        let params = [self.r(), id.to_string().into(), lookup.to_vec().into()];
        let sql = format!("SELECT {COLUMNS} FROM account_invitation WHERE realm_id = $1 AND id = $2 AND lookup = $3");
        self.query_one(&sql, &params).await?.as_ref().map(read).transpose()
    }

    /// A page of the realm's invitations, newest first; those that only ask an account for a password are
    /// not among them.
    pub async fn page_account_invitations(&mut self, page: PageRequest) -> Result<Page<AccountInvitation>, StoreError> {
        let params = [self.r(), page.after_or(FIRST_PAGE), page.one_more()];
        let sql = format!(
            "SELECT {COLUMNS} FROM account_invitation WHERE realm_id = $1 AND is_for_account = 0 AND id < $2 ORDER BY id DESC LIMIT $3"
        );
        let items = self.query(&sql, &params).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(items, page.limit, |invitation| invitation.id.to_string()))
    }

    /// Makes an invitation whose link's secret has this keyed hash.
    pub async fn insert_account_invitation(&mut self, invitation: &AccountInvitation, lookup: [u8; 32]) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT INTO account_invitation (realm_id, {COLUMNS}, lookup) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
        );
        let roles = serde_json::to_string(&invitation.roles);
        let roles = roles.map_err(|_| StoreError::Unreadable { what: format!("roles of invitation {}", invitation.id) })?;
        let mut params = vec![
            self.r(),
            invitation.id.to_string().into(),
            invitation.email.as_str().into(),
            invitation.profile.first_name.clone().into(),
            invitation.profile.last_name.clone().into(),
            invitation.profile.contact_number.clone().into(),
            roles.into(),
            invitation.ends_at.map(Timestamp::millis).into(),
            invitation.expires_at.millis().into(),
            invitation.accepted_at.map(Timestamp::millis).into(),
            invitation.is_for_account.into(),
            authorship::author_value(invitation.account),
            invitation.version.into(),
            invitation.created_at.millis().into(),
        ];
        params.extend(authorship::values(&invitation.authorship));
        params.push(lookup.to_vec().into());
        self.change(&sql, &params).await?;
        Ok(())
    }

    /// Stores that an invitation was accepted, and by which account.
    pub async fn update_account_invitation(&mut self, invitation: &AccountInvitation) -> Result<(), StoreError> {
        let sql = "UPDATE account_invitation SET accepted_at = $3, account_key = $4, version = $5, modified_by = $6, modified_at = $7 \
                   WHERE realm_id = $1 AND id = $2";
        let [_, modified_by, modified_at] = authorship::values(&invitation.authorship);
        let params = [
            self.r(),
            invitation.id.to_string().into(),
            invitation.accepted_at.map(Timestamp::millis).into(),
            authorship::author_value(invitation.account),
            invitation.version.into(),
            modified_by,
            modified_at,
        ];
        self.change(sql, &params).await?;
        Ok(())
    }
}
