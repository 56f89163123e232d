-- A slowly changing dimension of type 2: every version of a customer with the days between which it was true.
-- Parquet tables know no MERGE, so the dimension is written anew from the old one and the delivery, as such jobs do.
SET spark.sql.session.timeZone=UTC;
CREATE DATABASE IF NOT EXISTS etl;
USE etl;

DROP TABLE IF EXISTS customer_delivery;
CREATE TABLE customer_delivery (customer_id INT, name STRING, city STRING, segment STRING)
USING parquet
PARTITIONED BY (delivered DATE);

INSERT INTO customer_delivery PARTITION (delivered = DATE '2024-01-01') VALUES
  (1, 'Ada', 'London', 'gold'), (2, 'Bela', 'Szeged', 'silver'), (3, 'Chen', 'Taipei', NULL);
INSERT INTO customer_delivery PARTITION (delivered = DATE '2024-02-01') VALUES
  (1, 'Ada', 'Cambridge', 'gold'), (2, 'Bela', 'Szeged', 'silver'), (3, 'Chen', 'Taipei', 'silver'), (4, 'Dora', 'Kyiv', 'new');
INSERT INTO customer_delivery PARTITION (delivered = DATE '2024-03-01') VALUES
  (1, 'Ada', 'Cambridge', 'gold'), (3, 'Chen', 'Taipei', 'silver'), (4, 'Dora', 'Lviv', 'new');

DROP TABLE IF EXISTS dim_customer;
CREATE TABLE dim_customer (
  customer_key STRING COMMENT 'surrogate key: of the customer and the begin',
  customer_id INT,
  name STRING,
  city STRING,
  segment STRING,
  valid_from DATE,
  valid_to DATE COMMENT 'the day after the last one; 9999-12-31 while it is current',
  is_current BOOLEAN
)
USING parquet
COMMENT 'customers, every version'
TBLPROPERTIES ('scd.type' = '2');

CREATE OR REPLACE TEMPORARY FUNCTION version_key(id INT, since DATE) RETURNS STRING
RETURN substr(sha2(concat_ws('|', CAST(id AS STRING), CAST(since AS STRING)), 256), 1, 12);

-- ---------------------------------------------------------------- the first delivery: everything is new
INSERT OVERWRITE TABLE dim_customer
SELECT version_key(customer_id, delivered), customer_id, name, city, segment, delivered, DATE '9999-12-31', TRUE
FROM customer_delivery
WHERE delivered = DATE '2024-01-01';

SELECT * FROM dim_customer ORDER BY customer_id, valid_from;

-- ---------------------------------------------------------------- the second: what changed is closed and opened again
SET hivevar:delivery=2024-02-01;

DROP TABLE IF EXISTS dim_customer_next;
CREATE TABLE dim_customer_next USING parquet AS
WITH delivery AS (
  SELECT * FROM customer_delivery WHERE delivered = DATE '${hivevar:delivery}'
),
current_version AS (
  SELECT * FROM dim_customer WHERE is_current
),
compared AS (
  SELECT
    d.customer_id, d.name, d.city, d.segment,
    CASE
      WHEN c.customer_id IS NULL THEN 'added'
      WHEN NOT (d.name <=> c.name AND d.city <=> c.city AND d.segment <=> c.segment) THEN 'changed'
      ELSE 'same'
    END AS kind
  FROM delivery d LEFT JOIN current_version c ON d.customer_id = c.customer_id
)
SELECT /*+ BROADCAST(k) */
  v.customer_key, v.customer_id, v.name, v.city, v.segment, v.valid_from,
  IF(v.is_current AND (k.kind = 'changed' OR k.kind IS NULL), DATE '${hivevar:delivery}', v.valid_to) AS valid_to,
  v.is_current AND k.kind <=> 'same' AS is_current
FROM dim_customer v LEFT JOIN compared k ON v.customer_id = k.customer_id
UNION ALL
SELECT
  version_key(customer_id, DATE '${hivevar:delivery}'), customer_id, name, city, segment,
  DATE '${hivevar:delivery}', DATE '9999-12-31', TRUE
FROM compared
WHERE kind IN ('added', 'changed');

INSERT OVERWRITE TABLE dim_customer SELECT * FROM dim_customer_next;
SELECT customer_id, city, segment, valid_from, valid_to, is_current FROM dim_customer ORDER BY customer_id, valid_from;

-- ---------------------------------------------------------------- the third: a customer is gone
SET hivevar:delivery=2024-03-01;

DROP TABLE IF EXISTS dim_customer_next;
CREATE TABLE dim_customer_next USING parquet AS
WITH delivery AS (
  SELECT * FROM customer_delivery WHERE delivered = DATE '${hivevar:delivery}'
),
current_version AS (
  SELECT * FROM dim_customer WHERE is_current
),
compared AS (
  SELECT
    coalesce(d.customer_id, c.customer_id) AS customer_id, d.name, d.city, d.segment,
    CASE
      WHEN c.customer_id IS NULL THEN 'added'
      WHEN d.customer_id IS NULL THEN 'gone'
      WHEN struct(d.name, d.city, d.segment) <=> struct(c.name, c.city, c.segment) THEN 'same'
      ELSE 'changed'
    END AS kind
  FROM delivery d FULL OUTER JOIN current_version c ON d.customer_id = c.customer_id
)
SELECT
  v.customer_key, v.customer_id, v.name, v.city, v.segment, v.valid_from,
  IF(v.is_current AND k.kind IN ('changed', 'gone'), DATE '${hivevar:delivery}', v.valid_to) AS valid_to,
  v.is_current AND k.kind = 'same' AS is_current
FROM dim_customer v JOIN compared k ON v.customer_id = k.customer_id
UNION ALL
SELECT
  version_key(customer_id, DATE '${hivevar:delivery}'), customer_id, name, city, segment,
  DATE '${hivevar:delivery}', DATE '9999-12-31', TRUE
FROM compared
WHERE kind IN ('added', 'changed');

INSERT OVERWRITE TABLE dim_customer SELECT * FROM dim_customer_next;
DROP TABLE dim_customer_next;
SELECT * FROM dim_customer ORDER BY customer_id, valid_from;

-- No two versions of a customer overlap, and none but the current one is open.
SELECT count(*) AS overlaps
FROM dim_customer a JOIN dim_customer b
  ON a.customer_id = b.customer_id AND a.valid_from < b.valid_from AND a.valid_to > b.valid_from;

SELECT is_current, count(*) AS versions, count_if(valid_to = DATE '9999-12-31') AS open
FROM dim_customer
GROUP BY is_current
ORDER BY is_current;

-- As it was on a day.
CREATE OR REPLACE VIEW customers_in_february AS
SELECT customer_id, name, city, segment
FROM dim_customer
WHERE DATE '2024-02-15' >= valid_from AND DATE '2024-02-15' < valid_to;

SELECT * FROM customers_in_february ORDER BY customer_id;
SELECT segment, collect_list(name) AS names
FROM (SELECT * FROM customers_in_february ORDER BY name)
GROUP BY segment
ORDER BY segment NULLS LAST;
