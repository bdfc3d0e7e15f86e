//! The roles of the host's program: what one function does. One file and one line here each.
//!
//! The rest follows from this list: the generator renders the functions, with what feeds them from
//! `templates/stack/roles/NAME.hbs`, and the host has to say how it plays each.

mod api;
mod catalog;
mod compact;
mod ingest;
mod notify;
mod publish;

use std::fmt;

use crate::workload::Workload;

macro_rules! roles {
    ($($(#[$meaning:meta])* $role:ident => $module:ident,)+) => {
        /// What one function of the host does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Role {
            $($(#[$meaning])* $role,)+
        }

        impl Role {
            /// Every role.
            pub const ALL: &[Role] = &[$(Role::$role,)+];

            /// What it is as a unit of work.
            pub const fn workload(self) -> &'static Workload {
                match self {
                    $(Role::$role => &$module::WORKLOAD,)+
                }
            }
        }
    };
}

roles! {
    /// Objects to outcomes.
    Ingest => ingest,
    /// Uploads of plugins to versions in use.
    Publish => publish,
    /// Requests to answers.
    Api => api,
    /// New files of a lake to a crawler that runs.
    Catalog => catalog,
    /// Many files of a lake's folder to few.
    Compact => compact,
    /// Events to people.
    Notify => notify,
}

impl Role {
    /// The role of that name.
    pub fn named(name: &str) -> Option<Role> {
        let mut all = Role::ALL.iter().copied();
        all.find(|role| role.name() == name)
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        self.workload().name
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_roles_are_alike() {
        let workloads = Role::ALL.iter().map(|role| role.workload());
        let distinct: BTreeSet<_> = workloads.map(|w| (w.name, w.id, w.log)).collect();
        assert_eq!(distinct.len(), Role::ALL.len());
        for role in Role::ALL {
            assert_eq!(Role::named(role.name()), Some(*role));
        }
        assert_eq!(Role::named("egress"), None);
    }
}
