//! Rows of departments.

use vestibule_core::{
    department::{Department, DepartmentId},
    time::Timestamp,
};

use crate::{backend::Row, error::StoreError, tx::Tx};

const COLUMNS: &str = "id, name, created_at";

fn read(row: &Row) -> Result<Department, StoreError> {
    let unreadable = |_| StoreError::Unreadable { what: "a department's id".to_owned() };
    Ok(Department {
        id: DepartmentId::try_from(row.int(0)?).map_err(unreadable)?,
        name: row.text(1)?.to_owned(),
        created_at: Timestamp::from_millis(row.int(2)?),
    })
}

impl Tx {
    /// All of the realm's departments, by name.
    pub async fn list_departments(&mut self) -> Result<Vec<Department>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM department WHERE realm_id = $1 ORDER BY name");
        let params = [self.r()];
        self.query(&sql, &params).await?.iter().map(read).collect()
    }

    /// Makes a department; `false` when its name or its id is taken.
    pub async fn insert_department(&mut self, department: &Department) -> Result<bool, StoreError> {
        let sql = format!("INSERT INTO department (realm_id, {COLUMNS}) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING id");
        let params = [self.r(), department.id.get().into(), department.name.clone().into(), department.created_at.millis().into()];
        Ok(!self.change_returning(&sql, &params).await?.is_empty())
    }
}
