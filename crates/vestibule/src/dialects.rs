//! What dialects leave to their operator, as flags.

use clap::{Args, ValueEnum, value_parser};
use vestibule_server::{
    DoorSettings,
    dialects::m3ter::{self, EnumCase, Limit, words},
};

/// How dialects are served.
#[derive(Debug, Clone, Copy, Args)]
pub struct DialectFlags {
    /// How m3ter's statements spell effects and actions: `lower` as its reference, `upper` as its OpenAPI file
    /// and the strict mode of its SDKs
    #[arg(long, env = "VESTIBULE_M3TER_ENUMS", value_name = "CASE", value_enum, default_value = "lower")]
    pub m3ter_enums: Enums,
    /// Most calls of m3ter's endpoints from one address in a rolling 5 minutes (m3ter: 20000); no limit when absent
    #[arg(long, env = "VESTIBULE_M3TER_ADDRESS_LIMIT", value_name = "CALLS", value_parser = value_parser!(u32).range(1..))]
    pub m3ter_address_limit: Option<u32>,
    /// Most calls of m3ter's endpoints for one organization in a second (m3ter: 50); no limit when absent
    #[arg(long, env = "VESTIBULE_M3TER_ORGANIZATION_LIMIT", value_name = "CALLS", value_parser = value_parser!(u32).range(1..))]
    pub m3ter_organization_limit: Option<u32>,
}

/// How enums are spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Enums {
    /// `allow`, `config:create`.
    Lower,
    /// `ALLOW`, `CONFIG_CREATE`.
    Upper,
}

impl DialectFlags {
    /// The flags as the doors take them.
    pub fn settings(self) -> DoorSettings {
        let enums = match self.m3ter_enums {
            Enums::Lower => EnumCase::Lower,
            Enums::Upper => EnumCase::Upper,
        };
        DoorSettings {
            m3ter: m3ter::Settings {
                enums,
                per_address: self.m3ter_address_limit.map(|allowed| Limit { allowed, ..words::PER_ADDRESS }),
                per_organization: self.m3ter_organization_limit.map(|allowed| Limit { allowed, ..words::PER_ORGANIZATION }),
            },
        }
    }
}
