//! Queries from text to rows, over tables in memory.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use libtest_mimic::{Failed, Trial};

use skep::binder::{Environment, Names, Relation, Settings, TableRelation, bind_query};
use skep::error::{Error, Result};
use skep::functions::Context;
use skep::sql::ast::ObjectName;
use skep::types::{DataType, StructField};

/// Tables of a test, by name.
struct Tables(HashMap<String, TableRelation>);

impl Names for Tables {
    fn relation(&self, name: &ObjectName) -> Result<Option<Relation>> {
        Ok(self.0.get(&name.last().value.to_lowercase()).cloned().map(Relation::Table))
    }

    fn candidates(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

impl Tables {
    fn add(&mut self, name: &str, batch: RecordBatch) {
        let schema = batch.schema();
        let columns = schema.fields().iter().map(|field| StructField {
            nullable: field.is_nullable(),
            ..StructField::new(
                field.name().clone(),
                DataType::from_arrow(field.data_type()).expect("a type that tables have"),
            )
        });
        let columns = columns.collect();
        let provider: Arc<dyn TableProvider> =
            Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]]).expect("one schema"));
        let relation = TableRelation {
            name: vec!["spark_catalog".into(), "default".into(), name.into()],
            columns,
            provider,
            guard: None,
        };
        self.0.insert(name.to_owned(), relation);
    }
}

/// `t(a, b)`, `u(a, c)`: small, with duplicates and NULLs. `empty(a)` has no rows.
fn tables() -> Tables {
    use datafusion::arrow::array::{ArrayRef, Int32Array, StringViewArray};
    let mut tables = Tables(HashMap::new());
    let ints = |values: Vec<Option<i32>>| Arc::new(Int32Array::from(values)) as ArrayRef;
    let texts = |values: Vec<Option<&str>>| Arc::new(StringViewArray::from(values)) as ArrayRef;
    let batch = |columns: Vec<(&str, ArrayRef)>| {
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
            .expect("columns of one length")
    };
    tables.add(
        "t",
        batch(vec![
            ("a", ints(vec![Some(1), Some(1), Some(2), Some(3), None])),
            ("b", texts(vec![Some("x"), Some("x"), Some("y"), None, Some("z")])),
        ]),
    );
    tables.add(
        "u",
        batch(vec![
            ("a", ints(vec![Some(1), Some(2), Some(2), Some(4)])),
            ("c", ints(vec![Some(10), Some(20), Some(21), None])),
        ]),
    );
    tables.add("empty", batch(vec![("a", ints(vec![]))]));
    tables
}

/// A session's, as it begins.
pub(super) fn context() -> Context {
    Context {
        ansi: true,
        time_zone: "UTC".into(),
        now: 0,
        current_database: "default".into(),
        user: "tester".into(),
        settings: skep::functions::Settings::default(),
        parameters: Arc::default(),
        here: Arc::default(),
        objects: Default::default(),
    }
}

/// The defaults.
pub(super) fn settings() -> Settings {
    Settings {
        order_by_ordinal: true,
        group_by_ordinal: true,
        group_by_aliases: true,
        cross_join: true,
        common_tables: skep::binder::CommonTables::Inner,
        recursion: skep::execution::recursion::RecursionLimits { levels: 100, rows: 1_000_000 },
        regex_columns: false,
        count_of_nothing: false,
        count_of_table: false,
        reserved_keywords: false,
        scripts: true,
    }
}

/// Runs one query: names of the columns, then rows, cells with spaces between.
async fn run(sql: &str, tables: &Tables) -> Result<(String, Vec<String>)> {
    let query = skep::sql::parse_query(sql, &skep::sql::ParseOptions::default())?;
    let (context, settings) = (context(), settings());
    let environment = Environment { names: tables, context: &context, settings: &settings };
    let bound = bind_query(&query, &environment)?;
    let names: Vec<String> = bound.columns.iter().map(|column| column.name.clone()).collect();
    let session = SessionContext::new();
    let batches = session.execute_logical_plan(bound.plan).await.map_err(Error::from)?.collect().await?;
    let mut rows = Vec::new();
    for batch in &batches {
        if batch.num_columns() != names.len() {
            return Err(Error::internal("plan and columns differ"));
        }
        let options = FormatOptions::default().with_null("NULL");
        let columns = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &options))
            .collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            let cells: Vec<String> = columns.iter().map(|column| column.value(row).to_string()).collect();
            rows.push(cells.join(" "));
        }
    }
    Ok((names.join(" "), rows))
}

/// Queries and their rows, `|` between; sorted unless the query has ORDER BY.
const ANSWERS: &[(&str, &str)] = &[
    ("SELECT a, b FROM t ORDER BY a, b", "NULL z|1 x|1 x|2 y|3 NULL"),
    ("SELECT A, T.B, default.t.a FROM t WHERE a > 1", "2 y 2|3 NULL 3"),
    ("SELECT * FROM t, u WHERE t.a = u.a AND u.c > 10", "2 y 2 20|2 y 2 21"),
    ("SELECT t1.a, t2.b FROM t t1 JOIN t t2 ON t1.a = t2.a WHERE t1.a > 1", "2 y|3 NULL"),
    (
        "SELECT * FROM t LEFT JOIN u USING (a) ORDER BY 1 DESC NULLS FIRST, 3",
        "NULL z NULL|3 NULL NULL|2 y 20|2 y 21|1 x 10|1 x 10",
    ),
    (
        "SELECT * FROM t FULL JOIN u USING (a) ORDER BY a, c",
        "NULL z NULL|1 x 10|1 x 10|2 y 20|2 y 21|3 NULL NULL|4 NULL NULL",
    ),
    ("SELECT a, t.a, u.a FROM t RIGHT JOIN u USING (a) ORDER BY 3, c", "1 1 1|1 1 1|2 2 2|2 2 2|4 NULL 4"),
    ("SELECT * FROM t NATURAL JOIN u WHERE c = 10", "1 x 10|1 x 10"),
    ("SELECT * FROM t LEFT SEMI JOIN u ON t.a = u.a", "1 x|1 x|2 y"),
    ("SELECT * FROM t LEFT ANTI JOIN u USING (a)", "3 NULL|NULL z"),
    ("SELECT count(*) FROM t CROSS JOIN u", "20"),
    ("SELECT a, count(*) AS n, sum(a) FROM t GROUP BY a ORDER BY n DESC, a", "1 2 2|NULL 1 NULL|2 1 2|3 1 3"),
    ("SELECT a + 1 AS x, count(b) FROM t GROUP BY x ORDER BY x", "NULL 1|2 2|3 1|4 0"),
    ("SELECT a + 1, a + 1 + 1 FROM t GROUP BY a + 1 ORDER BY 1", "NULL NULL|2 3|3 4|4 5"),
    ("SELECT a, max(b) FROM t GROUP BY 1 HAVING count(*) > 1", "1 x"),
    ("SELECT a, count(*) FROM t GROUP BY ALL HAVING a > 1", "2 1|3 1"),
    (
        "SELECT a, b, count(*), grouping_id() FROM t GROUP BY ROLLUP (a, b) ORDER BY 4, 1, 2",
        "NULL z 1 0|1 x 2 0|2 y 1 0|3 NULL 1 0|NULL NULL 1 1|1 NULL 2 1|2 NULL 1 1|3 NULL 1 1|NULL NULL 5 3",
    ),
    (
        "SELECT a, c, grouping(a), grouping(c), count(*) FROM u GROUP BY GROUPING SETS ((c), (a)) HAVING a IS NOT NULL",
        "1 NULL 0 1 1|2 NULL 0 1 2|4 NULL 0 1 1",
    ),
    ("SELECT a, count(*) FROM empty GROUP BY ROLLUP (a)", ""),
    ("SELECT count(*), sum(a) FROM empty", "0 NULL"),
    ("SELECT count(*) FROM t HAVING count(*) > 10", ""),
    ("SELECT a FROM t GROUP BY a ORDER BY count(*) DESC, a LIMIT 2", "1|NULL"),
    ("SELECT b FROM t ORDER BY a DESC LIMIT 1 OFFSET 1", "y"),
    ("SELECT DISTINCT a FROM t ORDER BY a + 1 DESC", "3|2|1|NULL"),
    ("SELECT DISTINCT a FROM t ORDER BY t.a", "NULL|1|2|3"),
    ("SELECT a, b FROM t ORDER BY ALL", "NULL z|1 x|1 x|2 y|3 NULL"),
    (
        "SELECT a, row_number() OVER (PARTITION BY a ORDER BY c DESC) AS n FROM u QUALIFY n = 1 ORDER BY a",
        "1 1|2 1|4 1",
    ),
    (
        "SELECT a, sum(c) OVER w, sum(sum(c)) OVER (ORDER BY a) FROM u GROUP BY a, c WINDOW w AS (PARTITION BY a) ORDER BY 1, 3, 2",
        "1 10 10|2 41 51|2 41 51|4 NULL 51",
    ),
    (
        "SELECT a, sum(a) OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) s FROM u ORDER BY a, s",
        "1 1|2 3|2 4|4 6",
    ),
    (
        "SELECT a, sum(c) OVER (ORDER BY a RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM u ORDER BY a, c",
        "1 51|2 51|2 51|4 NULL",
    ),
    ("SELECT a + 1 AS b, b * 2 AS c FROM u ORDER BY c, b LIMIT 2", "2 4|3 6"),
    ("SELECT a + 1 AS x, x * 2 AS y FROM u ORDER BY y, x LIMIT 1", "2 4"),
    (
        "WITH q AS (SELECT a FROM u), r(z) AS (SELECT a FROM q WHERE a > 1) SELECT q.a, z FROM q JOIN r ON q.a = z",
        "2 2|2 2|2 2|2 2|4 4",
    ),
    ("WITH q AS (SELECT 1 AS a) SELECT * FROM (WITH q AS (SELECT 2 AS a) SELECT * FROM q) CROSS JOIN q", "2 1"),
    ("SELECT a FROM t UNION SELECT a FROM u", "1|2|3|4|NULL"),
    ("SELECT a FROM t UNION ALL SELECT a FROM u ORDER BY a LIMIT 3", "NULL|1|1"),
    ("SELECT a FROM t INTERSECT SELECT a FROM u", "1|2"),
    ("SELECT a FROM t INTERSECT ALL SELECT a FROM t", "1|1|2|3|NULL"),
    ("SELECT a FROM t EXCEPT SELECT a FROM u", "3|NULL"),
    ("SELECT a FROM t EXCEPT ALL SELECT a FROM u", "1|3|NULL"),
    ("SELECT a FROM u EXCEPT ALL SELECT a FROM t", "2|4"),
    ("SELECT * FROM VALUES (1, 'a'), (2, NULL) AS v(x, y) ORDER BY x", "1 a|2 NULL"),
    ("VALUES 1, 2, 3", "1|2|3"),
    ("SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a)", "1|1|2"),
    ("SELECT a FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.a = t.a)", "3|NULL"),
    ("SELECT a FROM t WHERE a IN (SELECT a FROM u)", "1|1|2"),
    ("SELECT a FROM t WHERE a NOT IN (SELECT a FROM u)", "3"),
    ("SELECT a FROM u WHERE a NOT IN (SELECT a FROM t)", ""),
    ("SELECT a FROM t WHERE a NOT IN (SELECT a FROM empty)", "1|1|2|3|NULL"),
    ("SELECT a FROM u WHERE c NOT IN (SELECT u2.c FROM u u2 WHERE u2.a = u.a AND u2.c > 20)", "1|2|4"),
    ("SELECT a FROM t WHERE (a, b) IN (SELECT a, 'x' FROM u)", "1|1"),
    ("SELECT a FROM t WHERE (a, b) NOT IN (SELECT a, 'x' FROM u)", "2|3|NULL"),
    ("SELECT a, (SELECT max(c) FROM u WHERE u.a = t.a) FROM t", "1 10|1 10|2 21|3 NULL|NULL NULL"),
    ("SELECT a, (SELECT count(*) FROM u WHERE u.a = t.a) FROM t", "1 1|1 1|2 2|3 0|NULL 0"),
    ("SELECT a FROM t WHERE a = (SELECT max(a) FROM t)", "3"),
    ("SELECT a FROM t WHERE EXISTS (SELECT count(*) FROM u WHERE u.a = t.a)", "1|1|2|3|NULL"),
    ("SELECT a FROM t WHERE EXISTS (SELECT count(*) FROM u WHERE u.a = t.a HAVING count(*) > 1)", "2"),
    ("SELECT a FROM t WHERE EXISTS (SELECT count(*) FROM u WHERE u.a = t.a HAVING count(*) = 0)", "3|NULL"),
    ("SELECT c FROM u WHERE a IN (SELECT max(a) FROM t WHERE t.a = u.a)", "10|20|21"),
    ("SELECT a, EXISTS (SELECT 1 FROM u WHERE u.a = t.a) FROM t", "1 true|1 true|2 true|3 false|NULL false"),
    ("SELECT a, a IN (SELECT a FROM u) FROM t", "1 true|1 true|2 true|3 false|NULL false"),
    ("SELECT a, a NOT IN (SELECT a FROM t) FROM u", "1 false|2 false|2 false|4 false"),
    ("SELECT a, count(*) FROM u GROUP BY a HAVING count(*) > (SELECT min(a) FROM u) ", "2 2"),
    ("SELECT a FROM u GROUP BY a HAVING EXISTS (SELECT 1 FROM t WHERE t.a = u.a)", "1|2"),
    ("SELECT t.a, s.d FROM t, LATERAL (SELECT t.a + 1 AS d) s WHERE t.a > 1", "2 3|3 4"),
    ("SELECT t.a, s.c FROM t JOIN LATERAL (SELECT c FROM u WHERE u.a = t.a) s", "1 10|1 10|2 20|2 21"),
    ("SELECT t.a, s.n FROM t, LATERAL (SELECT count(*) AS n FROM u WHERE u.a = t.a) s", "1 1|1 1|2 2|3 0|NULL 0"),
    ("SELECT * FROM (SELECT a, a FROM u WHERE a = 4)", "4 4"),
    ("SELECT a FROM (SELECT a, a FROM u WHERE a = 4)", "4"),
    ("SELECT x.* EXCEPT (a) FROM u AS x WHERE c IS NOT NULL", "10|20|21"),
    ("SELECT q, p FROM u AS v(q, p) SORT BY p DESC", "1 10|2 20|2 21|4 NULL"),
    ("TABLE u |> WHERE a = 2 |> ORDER BY c DESC |> LIMIT 1", "2 21"),
    ("SELECT 1", "1"),
    ("SELECT t.a FROM t JOIN u ON t.a = u.a AND u.c IN (SELECT max(c) FROM u)", "2"),
    ("SELECT sum(a) AS s, s + 1 FROM t", "7 8"),
    ("SELECT max(a) AS a FROM t HAVING max(a) > 2", "3"),
    ("SELECT (SELECT c FROM u WHERE u.a = t.a AND c <> 21) FROM t", "10|10|20|NULL|NULL"),
    ("SELECT sum(a) AS c FROM u GROUP BY c HAVING c > 3", "1|2|2"),
    ("SELECT a AS c, count(*) FROM u GROUP BY a HAVING c > 1", "2 2|4 1"),
    ("SELECT 'x', count(*) FROM empty GROUP BY 'x'", ""),
    ("SELECT count(*) FROM empty GROUP BY GROUPING SETS (())", ""),
    ("SELECT a, a NOT IN (SELECT a FROM u) FROM t", "1 false|1 false|2 false|3 true|NULL false"),
    ("SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN -1 FOLLOWING AND CURRENT ROW) FROM u", "1|3|4|6"),
    ("SELECT u.* FROM t RIGHT JOIN u USING (a) ORDER BY 1, 2", "1 10|1 10|2 20|2 21|4 NULL"),
    ("SELECT count(*) FROM t TABLESAMPLE (2 ROWS)", "2"),
];

/// Queries that are refused, and the condition.
const ERRORS: &[(&str, &str)] = &[
    ("SELECT nothing FROM t", "UNRESOLVED_COLUMN.WITH_SUGGESTION"),
    ("SELECT nothing", "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION"),
    ("SELECT a FROM t, u", "AMBIGUOUS_REFERENCE"),
    ("SELECT * FROM missing", "TABLE_OR_VIEW_NOT_FOUND"),
    ("SELECT a, b FROM t GROUP BY a", "MISSING_AGGREGATION"),
    ("SELECT a, count(*) FROM t", "MISSING_GROUP_BY"),
    ("SELECT a FROM t GROUP BY 2", "GROUP_BY_POS_OUT_OF_RANGE"),
    ("SELECT count(*) FROM t GROUP BY 1", "GROUP_BY_POS_AGGREGATE"),
    ("SELECT a FROM t ORDER BY 2", "ORDER_BY_POS_OUT_OF_RANGE"),
    ("SELECT sum(count(a)) FROM t", "NESTED_AGGREGATE_FUNCTION"),
    ("SELECT a FROM t WHERE count(*) > 1", "INVALID_WHERE_CONDITION"),
    ("SELECT a FROM t UNION SELECT a, c FROM u", "NUM_COLUMNS_MISMATCH"),
    ("SELECT a FROM t WHERE a", "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN"),
    ("SELECT * FROM t JOIN u USING (b)", "UNRESOLVED_USING_COLUMN_FOR_JOIN"),
    (
        "SELECT a FROM t WHERE a = (SELECT a, c FROM u)",
        "INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN",
    ),
    ("SELECT (SELECT c FROM u WHERE u.a = t.a) FROM t", "SCALAR_SUBQUERY_TOO_MANY_ROWS"),
    ("SELECT (SELECT c FROM u)", "SCALAR_SUBQUERY_TOO_MANY_ROWS"),
    ("SELECT count(*) FROM t GROUP BY a ORDER BY b", "UNRESOLVED_COLUMN.WITH_SUGGESTION"),
    ("SELECT * FROM t JOIN u ON t.a", "JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE"),
    ("SELECT DISTINCT a FROM t ORDER BY b", "UNRESOLVED_COLUMN.WITH_SUGGESTION"),
    ("SELECT a FROM t LIMIT a", "INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE"),
    ("SELECT row_number() OVER (PARTITION BY a) FROM t", "WINDOW_FUNCTION_AND_FRAME_MISMATCH"),
    ("SELECT sum(a) OVER w FROM t", "MISSING_WINDOW_SPECIFICATION"),
    ("SELECT grouping(a) FROM t GROUP BY a", "UNSUPPORTED_GROUPING_EXPRESSION"),
    ("SELECT * FROM t AS x(p)", "ASSIGNMENT_ARITY_MISMATCH"),
    ("VALUES (1, 2), (3)", "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH"),
    ("SELECT zz.* FROM t", "CANNOT_RESOLVE_STAR_EXPAND"),
];

pub fn trials() -> Vec<Trial> {
    let answers = ANSWERS.iter().map(|(sql, expected)| {
        Trial::test(format!("queries::{sql}"), move || {
            let (_, mut rows) = block_on(run(sql, &tables()))?;
            if !sql.contains("ORDER BY") || sql.contains("OVER (ORDER BY") && !sql.contains(") ORDER BY") {
                rows.sort();
            }
            let expected: Vec<&str> = if expected.is_empty() { Vec::new() } else { expected.split('|').collect() };
            if rows == expected { Ok(()) } else { Err(format!("found {}", rows.join("|")).into()) }
        })
    });
    let errors = ERRORS.iter().map(|(sql, condition)| {
        Trial::test(format!("queries::refused::{sql}"), move || match block_on(run(sql, &tables())) {
            Ok((_, rows)) => Err(format!("found {}", rows.join("|")).into()),
            Err(failed) => match failed.message() {
                Some(message) if message.starts_with(&format!("[{condition}]")) => Ok(()),
                message => Err(message.unwrap_or_default().to_owned().into()),
            },
        })
    });
    answers.chain(errors).chain(tpch()).collect()
}

/// TPC-H's 22 queries over a thousandth of its smallest scale: they bind, are planned and run.
fn tpch() -> impl Iterator<Item = Trial> {
    (1..=22).map(|n| {
        Trial::test(format!("queries::tpch::q{n:02}"), move || {
            let path = format!("{}/sql/tpch/q{n:02}.sql", env!("CARGO_MANIFEST_DIR"));
            let sql = std::fs::read_to_string(path)?;
            block_on(run(sql.trim().trim_end_matches(';'), &tpch_tables()))?;
            Ok(())
        })
    })
}

fn tpch_tables() -> Tables {
    use tpchgen::generators::{
        CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
        RegionGenerator, SupplierGenerator,
    };
    use tpchgen_arrow::{
        CustomerArrow, LineItemArrow, NationArrow, OrderArrow, PartArrow, PartSuppArrow, RegionArrow, SupplierArrow,
    };
    let mut tables = Tables(HashMap::new());
    let scale = 0.001;
    let mut add = |name: &str, batches: &mut dyn Iterator<Item = RecordBatch>| {
        let batches: Vec<RecordBatch> = batches.collect();
        let schema = batches.first().expect("every table has rows").schema();
        let all = datafusion::arrow::compute::concat_batches(&schema, &batches).expect("batches of one table");
        tables.add(name, all);
    };
    add("customer", &mut CustomerArrow::new(CustomerGenerator::new(scale, 1, 1)));
    add("lineitem", &mut LineItemArrow::new(LineItemGenerator::new(scale, 1, 1)));
    add("nation", &mut NationArrow::new(NationGenerator::new(scale, 1, 1)));
    add("orders", &mut OrderArrow::new(OrderGenerator::new(scale, 1, 1)));
    add("part", &mut PartArrow::new(PartGenerator::new(scale, 1, 1)));
    add("partsupp", &mut PartSuppArrow::new(PartSuppGenerator::new(scale, 1, 1)));
    add("region", &mut RegionArrow::new(RegionGenerator::new(scale, 1, 1)));
    add("supplier", &mut SupplierArrow::new(SupplierGenerator::new(scale, 1, 1)));
    tables
}

fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T, Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failed::from)?;
    runtime.block_on(future).map_err(Failed::from)
}
