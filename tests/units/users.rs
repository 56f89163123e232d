//! Users, their passwords' verifiers, memberships, and what follows from grants.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use skep::catalog::users::UserDetails;
use skep::catalog::{
    Catalog, Grant, NewTable, Privilege, Privileges, Securable, Strength, TableDetails, TableKind, UserChange, Verifier,
};
use skep::error::Result;
use skep::types::{DataType, StructField};
use tempfile::TempDir;

type Test = fn(&tokio::runtime::Runtime, &Path) -> std::result::Result<(), Failed>;

pub fn trials() -> Vec<Trial> {
    let all: &[(&str, Test)] = &[
        ("verifiers_are_those_of_the_standard", verifiers),
        ("the_first_user_has_a_password_in_a_file", first_user),
        ("grants_are_taken_back_with_what_came_of_them", grants),
        ("grants_follow_columns", columns),
        ("secrets_are_hidden", secrets),
        ("failed_logins_wait", failed_logins),
        ("limits_are_the_users_or_the_smallest", limits),
    ];
    all.iter()
        .map(|(name, test)| {
            let test = *test;
            Trial::test(format!("units::users::{name}"), move || {
                let folder = TempDir::new()?;
                let runtime = tokio::runtime::Runtime::new()?;
                test(&runtime, folder.path())
            })
        })
        .collect()
}

/// The example of RFC 7677, as PostgreSQL spells it.
const STANDARD: &str = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

fn verifiers(_: &tokio::runtime::Runtime, _: &Path) -> std::result::Result<(), Failed> {
    let standard = Verifier::parse(STANDARD).ok_or("the example is a verifier")?;
    assert_eq!(standard.to_string(), STANDARD);
    assert_eq!(Verifier::salted("pencil", standard.salt.clone(), 4096), standard);
    assert!(standard.accepts("pencil") && !standard.accepts("Pencil") && !standard.accepts(""));
    // SASLprep: a soft hyphen is nothing, the letters of a ligature are letters.
    let prepared = Verifier::salted("I\u{ad}X", standard.salt.clone(), 4096);
    assert!(prepared.accepts("IX") && prepared.accepts("\u{2168}"));
    assert_ne!(Verifier::new("pencil"), Verifier::new("pencil"), "salts differ");
    for wrong in ["", "md5abc", "SCRAM-SHA-256$4096:W22Z$a:b", &STANDARD.replace("4096", "0"), &format!("{STANDARD}$")]
    {
        assert_eq!(Verifier::parse(wrong), None, "{wrong}");
    }
    let (one, other) = (Verifier::of_nobody("bob", &[1; 32]), Verifier::of_nobody("eve", &[1; 32]));
    assert_eq!(one, Verifier::of_nobody("bob", &[1; 32]));
    assert_ne!(one.salt, other.salt);
    assert!(!format!("{one:?}").contains("key"));
    Ok(())
}

fn first_user(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let catalog = Catalog::open(folder).await?;
        let first = catalog.first_user().await?.ok_or("there is no user yet")?;
        assert_eq!(std::fs::read_to_string(&first.file)?.trim(), first.password);
        assert_eq!(std::fs::metadata(&first.file)?.permissions().mode() & 0o777, 0o600);
        let verifier = catalog.verifier("SKEP").await?.ok_or("it has a password")?;
        assert!(verifier.accepts(&first.password));
        assert!(catalog.first_user().await?.is_none(), "only once");
        let refused = catalog.drop_user("skep", true).await;
        assert_eq!(refused.map_err(|error| error.sqlstate()), Err("2BP01"));
        Ok(())
    })
}

async fn user(catalog: &Catalog, name: &str) -> Result<i64> {
    let new = UserChange {
        name: name.to_owned(),
        login: true,
        superuser: false,
        verifier: None,
        details: UserDetails::default(),
    };
    Ok(catalog.create_user(&new).await?.id)
}

async fn table(catalog: &Catalog, columns: &[&str]) -> Result<std::sync::Arc<skep::catalog::Table>> {
    let field =
        |name: &&str| StructField { name: (*name).to_owned(), data_type: DataType::Int, nullable: true, comment: None };
    catalog
        .create_table(NewTable {
            database: "default".to_owned(),
            name: "orders".to_owned(),
            kind: TableKind::Managed,
            columns: columns.iter().map(field).collect(),
            partition_columns: 0,
            details: TableDetails { owner: "local".to_owned(), ..TableDetails::default() },
        })
        .await
}

fn grant(object: &Securable, grantee: i64, grantor: Option<i64>) -> Grant {
    Grant {
        grantee: Some(grantee),
        grantor,
        object: object.clone(),
        column: None,
        privilege: Privilege::Select,
        grantable: true,
    }
}

async fn may_select(catalog: &Catalog, name: &str, table: &skep::catalog::Table) -> Result<bool> {
    let grants = catalog.grants().await?;
    let privileges = Privileges::of(&grants, name).expect("there is such a user");
    Ok(privileges.on_relation(table.as_relation(), Privilege::Select, Strength::Held))
}

fn grants(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let catalog = Catalog::open(folder).await?;
        let (alice, bob, carol, analysts) = (
            user(&catalog, "alice").await?,
            user(&catalog, "bob").await?,
            user(&catalog, "carol").await?,
            user(&catalog, "analysts").await?,
        );
        let table = table(&catalog, &["a", "b"]).await?;
        let object = Securable::Relation(table.id);
        assert!(!may_select(&catalog, "alice", &table).await?);

        // Through a role, and no circle of roles.
        catalog.grant_role("analysts", "alice", false).await?;
        assert!(catalog.grant_role("alice", "analysts", false).await.is_err());
        catalog.grant(&[grant(&object, analysts, None)]).await?;
        assert!(may_select(&catalog, "alice", &table).await?);
        assert!(!may_select(&catalog, "bob", &table).await?);
        catalog.revoke_role("analysts", "alice", false).await?;
        assert!(!may_select(&catalog, "alice", &table).await?);

        // A chain, and a circle at its end.
        catalog.grant(&[grant(&object, alice, None), grant(&object, bob, Some(alice))]).await?;
        catalog.grant(&[grant(&object, carol, Some(bob)), grant(&object, bob, Some(carol))]).await?;
        let from_alice = [grant(&object, alice, None)];
        let refused = catalog.revoke(&from_alice, false, false).await;
        assert_eq!(refused.map_err(|error| error.sqlstate()), Err("2BP01"));
        catalog.revoke(&from_alice, false, true).await?;
        for name in ["alice", "bob", "carol"] {
            assert!(!may_select(&catalog, name, &table).await?, "{name}");
        }

        // What is granted on the database holds for all in it, and the change is noticed.
        let before = catalog.access_change().await?;
        catalog.grant(&[grant(&Securable::Database("default".to_owned()), bob, None)]).await?;
        assert!(may_select(&catalog, "bob", &table).await?);
        assert!(catalog.access_change().await? > before);

        // Paths: a folder and what is below it, not what begins alike.
        let path =
            Grant { privilege: Privilege::Read, ..grant(&Securable::Path("file:/data/in".to_owned()), bob, None) };
        catalog.grant(&[path]).await?;
        let bob = Privileges::of(&catalog.grants().await?, "bob").ok_or("there is a bob")?;
        let reads = |url| bob.on_path(url, Privilege::Read, Strength::Held);
        assert!(reads("file:/data/in") && reads("file:/data/in/a/b"));
        assert!(!reads("file:/data/inner") && !reads("file:/data"));
        assert!(!bob.on_path("file:/data/in", Privilege::Write, Strength::Held));

        // Grants go with the table.
        catalog.drop_table(&table).await?;
        assert!(catalog.grants().await?.on(&object).next().is_none());
        Ok(())
    })
}

fn columns(runtime: &tokio::runtime::Runtime, folder: &Path) -> std::result::Result<(), Failed> {
    runtime.block_on(async {
        let catalog = Catalog::open(folder).await?;
        let alice = user(&catalog, "alice").await?;
        let mut made = table(&catalog, &["a", "b"]).await?.as_ref().clone();
        let object = Securable::Relation(made.id);
        let on_a = Grant { column: Some("a".to_owned()), ..grant(&object, alice, None) };
        catalog.grant(&[on_a]).await?;
        let readable = async |made: &skep::catalog::Table| -> Result<Vec<String>> {
            let grants = catalog.grants().await?;
            let alice = Privileges::of(&grants, "alice").expect("there is an alice");
            let names = made.columns.iter().map(|column| column.name.clone());
            Ok(names
                .filter(|name| alice.on_column(made.as_relation(), name, Privilege::Select, Strength::Held))
                .collect())
        };
        assert_eq!(readable(&made).await?, ["a"]);
        made.columns[0].name = "A2".to_owned();
        made = catalog.alter_table(&made).await?.as_ref().clone();
        assert_eq!(readable(&made).await?, ["A2"]);
        let dropped = made.columns.remove(0);
        made = catalog.alter_table(&made).await?.as_ref().clone();
        made.columns.push(dropped);
        made = catalog.alter_table(&made).await?.as_ref().clone();
        assert_eq!(readable(&made).await?, [""; 0], "a new column of an old name is another");
        Ok(())
    })
}

fn secrets(_: &tokio::runtime::Runtime, _: &Path) -> std::result::Result<(), Failed> {
    let cases = [
        ("SELECT 'password'", "SELECT 'password'"),
        ("CREATE USER a PASSWORD 'x y'", "CREATE USER a PASSWORD '***'"),
        (
            "alter user a encrypted password /* no */ 'x' valid until 'y'",
            "alter user a encrypted password /* no */ '***' valid until 'y'",
        ),
        ("CREATE USER a PASSWORD \"x\" LOGIN", "CREATE USER a PASSWORD '***' LOGIN"),
        ("CREATE USER a PASSWORD 'x' 'z'", "CREATE USER a PASSWORD '***' '***'"),
        ("CREATE USER a PASSWORD 'not closed", "CREATE USER a PASSWORD '***'"),
        ("EXECUTE IMMEDIATE 'CREATE USER a PASSWORD ''x'''", "EXECUTE IMMEDIATE '***'"),
        ("EXECUTE IMMEDIATE \"CREATE USER a PASSWORD 'x'\"", "EXECUTE IMMEDIATE '***'"),
        ("SELECT password, 'x' FROM t", "SELECT password, 'x' FROM t"),
    ];
    for (text, shown) in cases {
        assert_eq!(skep::sql::without_secrets(text, skep::config::Dialect::Spark), shown);
    }
    Ok(())
}

fn failed_logins(_: &tokio::runtime::Runtime, _: &Path) -> std::result::Result<(), Failed> {
    let failed = skep::server::FailedLogins::default();
    let address = Some("10.0.0.1".parse()?);
    let wait = || failed.wait("Alice", address).as_millis();
    for expected in [0, 0, 0, 0, 250, 500, 1_000] {
        assert_eq!(wait(), expected);
        failed.failed("alice", address);
    }
    assert_eq!(failed.wait("alice", None).as_millis(), 0, "another address");
    for _ in 0..100 {
        failed.failed("alice", address);
    }
    assert_eq!(wait(), 10_000);
    failed.succeeded("alice", address);
    assert_eq!(wait(), 0);
    for n in 0..20_000 {
        failed.failed(&format!("user{n}"), address);
    }
    Ok(())
}

fn limits(_: &tokio::runtime::Runtime, _: &Path) -> std::result::Result<(), Failed> {
    use skep::catalog::{MemoryLimit, UserLimits};
    let own = UserLimits { rows: Some(10), ..UserLimits::default() };
    let roles = [
        UserLimits { rows: Some(5), queries: Some(4), memory: Some(MemoryLimit::Percent(50)), ..UserLimits::default() },
        UserLimits { queries: Some(3), memory: Some(MemoryLimit::Bytes(400)), ..UserLimits::default() },
    ];
    let effective = own.or_smallest(roles, 1_000);
    assert_eq!(
        effective,
        UserLimits { rows: Some(10), queries: Some(3), memory: Some(MemoryLimit::Bytes(400)), ..UserLimits::default() }
    );
    Ok(())
}
