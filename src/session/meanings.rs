//! Settings that say what a text means: for the parser, for the binder, and kept with each view.

use std::sync::Arc;

use crate::binder::{self, CommonTables};
use crate::catalog::Properties;
use crate::config::{Dialect, Settings};
use crate::execution::recursion::RecursionLimits;
use crate::functions;
use crate::sql::{Identifiers, ParseOptions};
use crate::types::pattern::TimeParser;
use crate::types::text::BinaryStyle;

const DIALECT: &str = "skep.dialect";

/// What a view keeps of its session. The time zone and the like are those of who reads the view.
const KEPT_WITH_VIEWS: &[&str] = &[
    DIALECT,
    "spark.sql.ansi.doubleQuotedIdentifiers",
    "spark.sql.ansi.enabled",
    "spark.sql.ansi.enforceReservedKeywords",
    "spark.sql.crossJoin.enabled",
    "spark.sql.decimalOperations.allowPrecisionLoss",
    "spark.sql.function.concatBinaryAsString",
    "spark.sql.function.eltOutputAsString",
    "spark.sql.groupByAliases",
    "spark.sql.groupByOrdinal",
    "spark.sql.legacy.consecutiveStringLiterals.enabled",
    "spark.sql.legacy.exponentLiteralAsDecimal.enabled",
    "spark.sql.legacy.interval.enabled",
    "spark.sql.legacy.setopsPrecedence.enabled",
    "spark.sql.legacy.timeParserPolicy",
    "spark.sql.orderByOrdinal",
    "spark.sql.parser.escapedStringLiterals",
    "spark.sql.parser.quotedRegexColumnNames",
    "spark.sql.timestampType",
];

/// Settings that change what a text means.
pub fn parse_options(settings: &Settings) -> ParseOptions {
    let dialect = dialect(settings);
    ParseOptions {
        dialect,
        ansi: dialect.is_postgres() || settings.flag("spark.sql.ansi.enabled"),
        double_quoted_identifiers: dialect.is_postgres() || settings.flag("spark.sql.ansi.doubleQuotedIdentifiers"),
        enforce_reserved_keywords: !dialect.is_postgres() && settings.flag("spark.sql.ansi.enforceReservedKeywords"),
        escaped_string_literals: settings.flag("spark.sql.parser.escapedStringLiterals"),
        legacy_set_operations: settings.flag("spark.sql.legacy.setopsPrecedence.enabled"),
        exponent_as_decimal: settings.flag("spark.sql.legacy.exponentLiteralAsDecimal.enabled"),
        consecutive_string_literals: settings.flag("spark.sql.legacy.consecutiveStringLiterals.enabled"),
        legacy_identifier_clause: settings.flag("spark.sql.legacy.identifierClause"),
        identifiers: Identifiers::default(),
        timestamp_ntz: dialect.is_postgres()
            || settings.text("spark.sql.timestampType").eq_ignore_ascii_case("TIMESTAMP_NTZ"),
        numbered_parameters: false,
    }
}

fn dialect(settings: &Settings) -> Dialect {
    Dialect::named(settings.text("skep.dialect"))
}

/// Whether errors come instead of NULLs: PostgreSQL knows nothing else.
pub fn ansi(settings: &Settings) -> bool {
    dialect(settings).is_postgres() || settings.flag("spark.sql.ansi.enabled")
}

/// Settings that change what a query means.
pub fn query_settings(settings: &Settings) -> binder::Settings {
    binder::Settings {
        order_by_ordinal: settings.flag("spark.sql.orderByOrdinal"),
        group_by_ordinal: settings.flag("spark.sql.groupByOrdinal"),
        group_by_aliases: settings.flag("spark.sql.groupByAliases"),
        cross_join: settings.flag("spark.sql.crossJoin.enabled"),
        common_tables: match settings.text("spark.sql.legacy.ctePrecedencePolicy").to_uppercase().as_str() {
            "LEGACY" => CommonTables::Outer,
            "EXCEPTION" => CommonTables::Distinct,
            _ => CommonTables::Inner,
        },
        recursion: RecursionLimits {
            levels: settings.number("spark.sql.cteRecursionLevelLimit"),
            rows: settings.number("spark.sql.cteRecursionRowLimit"),
        },
        regex_columns: !dialect(settings).is_postgres() && settings.flag("spark.sql.parser.quotedRegexColumnNames"),
        count_of_nothing: settings.flag("spark.sql.legacy.allowParameterlessCount"),
        count_of_table: settings.flag("spark.sql.legacy.allowStarWithSingleTableIdentifierInCount"),
        reserved_keywords: settings.flag("spark.sql.ansi.enforceReservedKeywords"),
        scripts: settings.flag("skep.transform.enabled") && !settings.without_commands,
    }
}

/// Settings that change what literals, operators, casts and functions mean.
pub fn function_settings(settings: &Settings) -> functions::Settings {
    let dialect = dialect(settings);
    functions::Settings {
        dialect,
        // An interval of PostgreSQL has months, days and time, as a calendar interval has.
        timestamp_ntz: dialect.is_postgres()
            || settings.text("spark.sql.timestampType").eq_ignore_ascii_case("TIMESTAMP_NTZ"),
        calendar_intervals: dialect.is_postgres() || settings.flag("spark.sql.legacy.interval.enabled"),
        keep_decimal_digits: !settings.flag("spark.sql.decimalOperations.allowPrecisionLoss"),
        concat_binary_as_string: settings.flag("spark.sql.function.concatBinaryAsString"),
        elt_output_as_string: settings.flag("spark.sql.function.eltOutputAsString"),
        binary: BinaryStyle::named(settings.text("spark.sql.binaryOutputStyle")),
        time_parser: match settings.text("spark.sql.legacy.timeParserPolicy") {
            policy if policy.eq_ignore_ascii_case("LEGACY") => TimeParser::Legacy,
            policy if policy.eq_ignore_ascii_case("EXCEPTION") => TimeParser::Exception,
            _ => TimeParser::Corrected,
        },
    }
}

/// What a view that is made now keeps.
pub fn kept_with_view(settings: &Settings) -> Properties {
    let kept = KEPT_WITH_VIEWS.iter().map(|key| ((*key).to_owned(), settings.text(key).to_owned()));
    // A view without a dialect is in Spark's.
    kept.filter(|(key, _)| key != DIALECT || dialect(settings) != Dialect::Spark).collect()
}

/// The session's settings, with those of a view in their place.
pub(super) fn inside_view(settings: &Arc<Settings>, kept: &Properties) -> Settings {
    let mut inside = settings.as_ref().clone();
    if !kept.iter().any(|(key, _)| key == DIALECT) {
        let _known = inside.set(DIALECT, "spark");
    }
    for (key, value) in kept {
        // A setting that a later version does not know any more means nothing to it.
        let _unknown = inside.set(key, value);
    }
    inside
}

/// What the text of a view or function that is made with these settings is bound with.
pub fn conditions(settings: &Settings) -> binder::ViewConditions {
    binder::ViewConditions {
        ansi: ansi(settings),
        settings: query_settings(settings),
        functions: function_settings(settings),
    }
}
