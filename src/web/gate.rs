//! Who may use a route, as types.
//!
//! A handler that wants one of these is given it, and only [`Standing::of`] makes one, from a
//! session that is good enough. So the handler's signature says who may use its route, the
//! compiler holds the table to it, and what needs a right asks for the value.
//!
//! ```text
//! Viewer ◀── Operator ◀── Admin ◀── Confirmed       by role; the last with a fresh proof
//! Viewer ◀── Person ◀── Proven                      logged in with a password, whatever the role
//!                       Updater                     Confirmed, or an admin's API token
//!                       Inviter                     Operator, but not a guest
//! ```

use std::ops::Deref;

use super::error::ApiError;
use super::route::Access;
use crate::auth::{Kind, Role, Session};

/// What a session is good for.
pub(crate) trait Standing: Deref<Target = Session> + Sized + Send + 'static {
    const ACCESS: Access;

    /// Whether this session is good enough, and what is missing.
    fn of(session: Session) -> Result<Self, ApiError>;
}

macro_rules! standing {
    ($(#[$about:meta])* $name:ident, $check:expr) => {
        $(#[$about])*
        pub(crate) struct $name(Session);

        impl Deref for $name {
            type Target = Session;

            fn deref(&self) -> &Session {
                &self.0
            }
        }

        impl Standing for $name {
            const ACCESS: Access = Access::$name;

            fn of(session: Session) -> Result<Self, ApiError> {
                let check: fn(&Session) -> Result<(), ApiError> = $check;
                check(&session).map(|()| $name(session))
            }
        }
    };
}

standing!(
    /// Whoever is logged in, in any way.
    Viewer,
    |_| Ok(())
);
standing!(
    /// May use the target.
    Operator,
    |session| at_least(session, Role::Operator)
);
standing!(
    /// May decide about the appliance.
    Admin,
    |session| at_least(session, Role::Admin)
);
standing!(
    /// May let guests in: an operator who is none.
    Inviter,
    |session| {
        at_least(session, Role::Operator)?;
        match session.kind() {
            Kind::Password | Kind::Token => Ok(()),
            Kind::Guest => Err(ApiError::NotAPerson),
        }
    }
);
standing!(
    /// Logged in with a password: not a program, not a guest.
    Person,
    person
);
standing!(
    /// A person who has proven the password a moment ago.
    Proven,
    proven
);
standing!(
    /// An admin who has proven the password a moment ago.
    Confirmed,
    |session| {
        at_least(session, Role::Admin)?;
        proven(session)
    }
);
standing!(
    /// May install: a confirmed admin, or a program with an admin's token, which a confirmed
    /// person made for such work.
    Updater,
    |session| {
        at_least(session, Role::Admin)?;
        match session.kind() {
            Kind::Token => Ok(()),
            Kind::Password | Kind::Guest => proven(session),
        }
    }
);

fn at_least(session: &Session, role: Role) -> Result<(), ApiError> {
    let enough = session.role() >= role;
    enough.then_some(()).ok_or(ApiError::Role(role))
}

fn person(session: &Session) -> Result<(), ApiError> {
    let person = session.kind() == Kind::Password;
    person.then_some(()).ok_or(ApiError::NotAPerson)
}

fn proven(session: &Session) -> Result<(), ApiError> {
    person(session)?;
    let fresh = !session.confirmed_for().is_zero();
    fresh.then_some(()).ok_or(ApiError::Confirm)
}
