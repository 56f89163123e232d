//! Time zones: offsets, gaps, overlaps, and years beyond the table.

use libtest_mimic::{Failed, Trial};
use skep::types::time_zone::Zone;

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("units/time_zones/parse", parse),
        Trial::test("units/time_zones/gaps_and_overlaps", gaps_and_overlaps),
        Trial::test("units/time_zones/far_years", far_years),
    ]
}

fn check(condition: bool, what: &str) -> Result<(), Failed> {
    if condition { Ok(()) } else { Err(what.into()) }
}

fn parse() -> Result<(), Failed> {
    for (text, seconds) in [
        ("Z", 0),
        ("UTC", 0),
        ("+8", 28_800),
        ("+08:00", 28_800),
        ("-7:30", -27_000),
        ("GMT+8", 28_800),
        ("UTC-0330", -12_600),
        ("+18:00", 64_800),
        ("PST", -28_800),
        ("Asia/Kolkata", 19_800),
    ] {
        let zone = Zone::parse(text)?;
        check(zone.offset_at_utc(0) == seconds, text)?;
    }
    for text in ["", "Mars/Olympus", "+19:00", "+8:60", "utc", "+1:2:3", "8"] {
        check(Zone::parse(text).is_err(), text)?;
    }
    Ok(())
}

fn gaps_and_overlaps() -> Result<(), Failed> {
    let zone = Zone::parse("America/Los_Angeles")?;
    const SECOND: i64 = 1_000_000;
    // 2024-03-10 02:30 does not exist and is read as 03:30 PDT.
    let gap = 1_710_037_800 * SECOND;
    check(zone.local_to_utc(gap) == (1_710_037_800 + 8 * 3600) * SECOND, "gap")?;
    check(zone.utc_to_local(zone.local_to_utc(gap)) == gap + 3600 * SECOND, "gap, back")?;
    // 2024-11-03 01:30 happens twice; the first is PDT.
    let overlap = 1_730_597_400 * SECOND;
    check(zone.local_to_utc(overlap) == overlap + 7 * 3600 * SECOND, "overlap")?;
    let mut cursor = zone.cursor();
    for day in -80_000..80_000 {
        let instant = day * 86_399 * SECOND;
        check(cursor.utc_to_local(instant) == zone.utc_to_local(instant), "cursor, to local")?;
        check(cursor.local_to_utc(instant) == zone.local_to_utc(instant), "cursor, to UTC")?;
    }
    Ok(())
}

fn far_years() -> Result<(), Failed> {
    let zone = Zone::parse("America/Los_Angeles")?;
    // 9999-07-01 and 9999-12-31.
    check(zone.offset_at_utc(253_386_316_800_000_000) == -25_200, "summer of 9999")?;
    check(zone.offset_at_utc(253_402_128_000_000_000) == -28_800, "winter of 9999")?;
    check(zone.offset_at_utc(-62_135_596_800_000_000) == -28_378, "year 1")
}
