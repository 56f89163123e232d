-- A nightly load in the manner of a Hive job: a delivery holds the day's rows and, late, corrections of earlier days.
-- Run it once for each day: --hiveconf run_date=2013-07-02 (here it runs three nights in a row, for the example).
SET hive.exec.dynamic.partition=true;
SET hive.exec.dynamic.partition.mode=nonstrict;
SET spark.sql.sources.partitionOverwriteMode=dynamic;
SET spark.sql.session.timeZone=UTC;

CREATE DATABASE IF NOT EXISTS etl_staging COMMENT 'deliveries as they came';
CREATE DATABASE IF NOT EXISTS etl COMMENT 'loaded and cleaned';
USE etl;

DROP TABLE IF EXISTS etl_staging.orders_delivered;
CREATE TABLE etl_staging.orders_delivered (
  delivery_date STRING,
  line STRING COMMENT 'pipe-separated, as the shop sends it'
)
STORED AS PARQUET;

-- Three deliveries of an order system. Order 1003 is corrected a day later, 1002 is delivered twice in one file,
-- 1009 comes two days late, and one line of the last delivery is broken.
INSERT INTO TABLE etl_staging.orders_delivered VALUES
  ('2013-07-01', '1001|2013-07-01 08:15:00|alice|EUR|19.90|NEW'),
  ('2013-07-01', '1002|2013-07-01 09:30:10|bob|EUR|5.00|NEW'),
  ('2013-07-01', '1002|2013-07-01 09:30:10|bob|EUR|5.00|NEW'),
  ('2013-07-01', '1003|2013-07-01 23:59:59|carol|USD|250.75|NEW'),
  ('2013-07-02', '1003|2013-07-01 23:59:59|carol|USD|205.75|CORRECTED'),
  ('2013-07-02', '1004|2013-07-02 00:00:00|alice|EUR|1.05|NEW'),
  ('2013-07-02', '1005|2013-07-02 12:00:00|dave||7.10|NEW'),
  ('2013-07-03', '1006|2013-07-03 07:07:07|erin|GBP|33.33|NEW'),
  ('2013-07-03', '1009|2013-07-01 10:00:00|bob|EUR|12.00|NEW'),
  ('2013-07-03', '1004|2013-07-02 00:00:00|alice|EUR|1.05|CANCELLED'),
  ('2013-07-03', 'this line is no order');

DROP TABLE IF EXISTS orders;
CREATE TABLE orders (
  order_id BIGINT,
  ordered_at TIMESTAMP,
  customer STRING,
  currency STRING,
  amount DECIMAL(12, 2),
  status STRING,
  delivered DATE COMMENT 'the delivery that told us last'
)
COMMENT 'orders, one row each'
PARTITIONED BY (ds STRING COMMENT 'day of the order')
STORED AS PARQUET
TBLPROPERTIES ('parquet.compression' = 'SNAPPY', 'owner.team' = 'sales');

DROP TABLE IF EXISTS rejected;
CREATE TABLE rejected (line STRING, reason STRING) PARTITIONED BY (ds STRING) STORED AS PARQUET;

-- ---------------------------------------------------------------- night of 1 July
SET hivevar:run_date=2013-07-01;

CREATE OR REPLACE TEMPORARY VIEW incoming AS
SELECT
  CAST(parts[0] AS BIGINT) AS order_id,
  to_timestamp(parts[1], 'yyyy-MM-dd HH:mm:ss') AS ordered_at,
  parts[2] AS customer,
  COALESCE(NULLIF(TRIM(parts[3]), ''), 'EUR') AS currency,
  CAST(parts[4] AS DECIMAL(12, 2)) AS amount,
  parts[5] AS status,
  CAST(delivery_date AS DATE) AS delivered,
  substr(parts[1], 1, 10) AS ds
FROM (SELECT delivery_date, split(line, '\\|') AS parts FROM etl_staging.orders_delivered) AS lines
WHERE size(parts) = 6;

INSERT OVERWRITE TABLE orders PARTITION (ds)
SELECT order_id, ordered_at, customer, currency, amount, status, delivered, ds
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY delivered DESC) AS newest_first
  FROM (
    -- What is known of the days that this delivery touches ...
    SELECT * FROM orders
    WHERE ds IN (SELECT DISTINCT ds FROM incoming WHERE delivered = DATE '${hivevar:run_date}')
    UNION ALL
    -- ... and what it brings.
    SELECT * FROM incoming WHERE delivered = DATE '${hivevar:run_date}'
  ) AS known
) AS ranked
WHERE newest_first = 1
DISTRIBUTE BY ds
SORT BY order_id;

SHOW PARTITIONS orders;
SELECT ds, count(*) AS orders, sum(amount) AS amount FROM orders GROUP BY ds ORDER BY ds;

-- ---------------------------------------------------------------- night of 2 July
SET hivevar:run_date=2013-07-02;

INSERT OVERWRITE TABLE orders PARTITION (ds)
SELECT order_id, ordered_at, customer, currency, amount, status, delivered, ds
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY delivered DESC) AS newest_first
  FROM (
    SELECT * FROM orders
    WHERE ds IN (SELECT DISTINCT ds FROM incoming WHERE delivered = DATE '${hivevar:run_date}')
    UNION ALL
    SELECT * FROM incoming WHERE delivered = DATE '${hivevar:run_date}'
  ) AS known
) AS ranked
WHERE newest_first = 1
DISTRIBUTE BY ds
SORT BY order_id;

SHOW PARTITIONS orders;
SELECT order_id, customer, currency, amount, status, delivered FROM orders ORDER BY order_id;

-- ---------------------------------------------------------------- night of 3 July, with what could not be read set aside
SET hivevar:run_date=2013-07-03;

FROM (
  SELECT line, size(split(line, '\\|')) AS fields, delivery_date
  FROM etl_staging.orders_delivered
  WHERE delivery_date = '${hivevar:run_date}'
) AS delivered
INSERT OVERWRITE TABLE rejected PARTITION (ds = '${hivevar:run_date}')
SELECT line, CONCAT('expected 6 fields, got ', fields) WHERE fields <> 6;

INSERT OVERWRITE TABLE orders PARTITION (ds)
SELECT order_id, ordered_at, customer, currency, amount, status, delivered, ds
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY delivered DESC) AS newest_first
  FROM (
    SELECT * FROM orders
    WHERE ds IN (SELECT DISTINCT ds FROM incoming WHERE delivered = DATE '${hivevar:run_date}')
    UNION ALL
    SELECT * FROM incoming WHERE delivered = DATE '${hivevar:run_date}'
  ) AS known
) AS ranked
WHERE newest_first = 1
DISTRIBUTE BY ds
SORT BY order_id;

SELECT * FROM rejected;
SELECT ds, order_id, date_format(ordered_at, 'HH:mm:ss') AS at, customer, currency, amount, status
FROM orders
ORDER BY order_id;

-- The report of the night: by day and in all.
SELECT
  nvl(ds, 'in all') AS day,
  COUNT(*) AS orders,
  COUNT(DISTINCT customer) AS customers,
  SUM(IF(status = 'CANCELLED', 0, amount)) AS amount,
  CONCAT_WS(',', SORT_ARRAY(COLLECT_SET(currency))) AS currencies
FROM orders
GROUP BY ds WITH ROLLUP
ORDER BY day;

-- The partition that is older than the keep time goes; statistics for the planner.
ALTER TABLE orders DROP IF EXISTS PARTITION (ds = '2013-07-01');
ANALYZE TABLE orders COMPUTE STATISTICS;
SHOW PARTITIONS orders;
DESCRIBE orders;
