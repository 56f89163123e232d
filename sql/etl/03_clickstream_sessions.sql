-- Sessions out of a clickstream: JSON lines are parsed, their lists unrolled, and clicks less than 30 minutes apart make
-- a session.
SET spark.sql.session.timeZone=UTC;
CREATE DATABASE IF NOT EXISTS etl;
USE etl;

DROP TABLE IF EXISTS click_lines;
CREATE TABLE click_lines (value STRING, ds STRING) USING parquet PARTITIONED BY (ds);

INSERT OVERWRITE TABLE click_lines PARTITION (ds = '2024-05-01')
SELECT * FROM VALUES
  ('{"user":"u1","at":"2024-05-01T08:00:00Z","page":"/","tags":["landing"],"agent":{"os":"linux","mobile":false}}'),
  ('{"user":"u1","at":"2024-05-01T08:05:30Z","page":"/shoes?color=red&size=42","tags":["list","shoes"],"agent":{"os":"linux","mobile":false}}'),
  ('{"user":"u1","at":"2024-05-01T08:34:00Z","page":"/cart","tags":[],"agent":{"os":"linux","mobile":false},"items":[{"sku":"S-1","n":2,"price":49.5},{"sku":"S-2","n":1,"price":5}]}'),
  ('{"user":"u1","at":"2024-05-01T10:00:00Z","page":"/","tags":["landing"],"agent":{"os":"android","mobile":true}}'),
  ('{"user":"u2","at":"2024-05-01T08:01:00Z","page":"/hats?color=blue","tags":["list","hats"],"agent":{"os":"ios","mobile":true}}'),
  ('{"user":"u2","at":"2024-05-01T08:29:59Z","page":"/cart","agent":{"os":"ios","mobile":true},"items":[{"sku":"H-7","n":1,"price":19.99}]}'),
  ('{"user":"u3","at":"2024-05-01T23:50:00Z","page":"/","tags":null,"agent":{"os":"windows","mobile":false}}'),
  ('{"user":"u3","at":"2024-05-02T00:10:00Z","page":"/imprint","tags":["légal"],"agent":{"os":"windows","mobile":false}}'),
  ('not json at all')
  AS lines(value);

-- What cannot be read is counted, not lost.
SELECT count(*) AS lines, count(get_json_object(value, '$.user')) AS readable FROM click_lines WHERE ds = '2024-05-01';

CREATE OR REPLACE TEMPORARY VIEW clicks AS
SELECT
  click.user AS user,
  to_timestamp(click.at) AS at,
  parse_url(concat('https://shop.example', click.page), 'PATH') AS path,
  parse_url(concat('https://shop.example', click.page), 'QUERY', 'color') AS color,
  click.tags AS tags,
  click.agent.os AS os,
  click.agent.mobile AS mobile,
  click.items AS items
FROM (
  SELECT from_json(
    value,
    'user STRING, at STRING, page STRING, tags ARRAY<STRING>, agent STRUCT<os: STRING, mobile: BOOLEAN>, items ARRAY<STRUCT<sku: STRING, n: INT, price: DECIMAL(10,2)>>'
  ) AS click
  FROM click_lines
  WHERE ds = '2024-05-01'
) parsed
WHERE click.user IS NOT NULL;

CACHE TABLE clicks;

SELECT user, at, path, color, os FROM clicks ORDER BY user, at;

-- Tags: a row each; clicks without tags stay with OUTER.
SELECT tag, count(*) AS clicks FROM clicks LATERAL VIEW OUTER explode(tags) t AS tag GROUP BY tag ORDER BY clicks DESC, tag;
SELECT user, place, tag FROM clicks LATERAL VIEW posexplode(tags) t AS place, tag ORDER BY user, at, place;

DROP TABLE IF EXISTS sessions;
CREATE TABLE sessions (
  session_id STRING,
  user STRING,
  started TIMESTAMP,
  seconds BIGINT,
  clicks INT,
  path ARRAY<STRING>,
  bought MAP<STRING, INT>,
  revenue DECIMAL(12, 2)
)
USING parquet
PARTITIONED BY (ds STRING, device STRING);

INSERT OVERWRITE TABLE sessions PARTITION (ds = '2024-05-01', device)
WITH gaps AS (
  SELECT *, unix_timestamp(at) - unix_timestamp(lag(at) OVER (PARTITION BY user ORDER BY at)) AS idle
  FROM clicks
),
numbered AS (
  SELECT *, sum(CASE WHEN idle IS NULL OR idle >= 30 * 60 THEN 1 ELSE 0 END)
    OVER (PARTITION BY user ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS session
  FROM gaps
),
basket AS (
  SELECT user, session, map_from_entries(collect_list(struct(item.sku, item.n))) AS bought, sum(item.n * item.price) AS revenue
  FROM (SELECT user, session, item FROM numbered LATERAL VIEW explode(items) i AS item ORDER BY item.sku)
  GROUP BY user, session
),
summed AS (
  SELECT
    user, session,
    min(at) AS started,
    max(unix_timestamp(at)) - min(unix_timestamp(at)) AS seconds,
    CAST(count(*) AS INT) AS clicks,
    transform(sort_array(collect_list(struct(at, path))), visit -> visit.path) AS path,
    IF(bool_or(mobile), 'mobile', 'desktop') AS device
  FROM numbered
  GROUP BY user, session
)
SELECT
  concat(s.user, '-', lpad(CAST(s.session AS STRING), 3, '0')),
  s.user, s.started, s.seconds, s.clicks, s.path,
  coalesce(b.bought, map()), coalesce(b.revenue, 0), s.device
FROM summed s LEFT JOIN basket b USING (user, session);

UNCACHE TABLE IF EXISTS clicks;
SHOW PARTITIONS sessions;
SELECT session_id, started, seconds, clicks, path, bought, revenue, device FROM sessions ORDER BY session_id;

SELECT device, hour(started) AS hour, count(*) AS sessions, sum(revenue) AS revenue,
  percentile_approx(seconds, 0.5) AS median_seconds,
  round(100 * avg(IF(cardinality(bought) > 0, 1, 0)), 1) AS buyers_percent
FROM sessions
WHERE ds = '2024-05-01'
GROUP BY device, hour(started) WITH CUBE
ORDER BY device NULLS LAST, hour NULLS LAST;

SELECT sku, sum(n) AS sold FROM sessions LATERAL VIEW explode(bought) b AS sku, n GROUP BY sku ORDER BY sku;
SELECT path[0] AS entry, element_at(path, -1) AS exit, array_join(path, ' > ') AS way FROM sessions ORDER BY way, entry;
