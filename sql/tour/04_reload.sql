-- One month is delivered again and replaced, alone: all or nothing. Readers see July as it was until it is all there.
USE nyc;
SET TIME ZONE 'America/New_York';

-- A delivery of July in which one carrier is missing.
INSERT OVERWRITE flights PARTITION (month = 7)
SELECT
  make_date(CAST(year AS INT), CAST(month AS INT), CAST(day AS INT)),
  CAST(time_hour AS TIMESTAMP) + make_dt_interval(0, 0, CAST(minute AS INT)),
  carrier,
  CAST(flight AS INT),
  tailnum,
  origin,
  dest,
  CAST(round(CAST(distance AS INT) * 1.609344) AS INT),
  CAST(dep_delay AS INT),
  CAST(arr_delay AS INT),
  CAST(air_time AS INT),
  dep_time IS NULL
FROM nyc_raw.flights
WHERE month = '7' AND carrier <> 'UA';

SELECT month, count(*) AS flights, count(DISTINCT carrier) AS carriers
FROM flights
WHERE month IN (6, 7, 8)
GROUP BY month
ORDER BY month;

-- The second delivery is whole.
INSERT OVERWRITE flights PARTITION (month = 7)
SELECT
  make_date(CAST(year AS INT), CAST(month AS INT), CAST(day AS INT)),
  CAST(time_hour AS TIMESTAMP) + make_dt_interval(0, 0, CAST(minute AS INT)),
  carrier,
  CAST(flight AS INT),
  tailnum,
  origin,
  dest,
  CAST(round(CAST(distance AS INT) * 1.609344) AS INT),
  CAST(dep_delay AS INT),
  CAST(arr_delay AS INT),
  CAST(air_time AS INT),
  dep_time IS NULL
FROM nyc_raw.flights
WHERE month = '7';

SELECT month, count(*) AS flights, count(DISTINCT carrier) AS carriers
FROM flights
WHERE month IN (6, 7, 8)
GROUP BY month
ORDER BY month;

-- The table and the files agree, row by row.
SELECT count(*) AS differing_days
FROM (
  SELECT month, day(flight_date) AS day, count(*) AS flights, sum(arrival_delay) AS delay
  FROM flights
  GROUP BY month, day(flight_date)
) AS loaded
FULL OUTER JOIN (
  SELECT CAST(month AS INT) AS month, CAST(day AS INT) AS day, count(*) AS flights, sum(CAST(arr_delay AS INT)) AS delay
  FROM nyc_raw.flights
  GROUP BY 1, 2
) AS delivered
USING (month, day)
WHERE NOT (loaded.flights <=> delivered.flights AND loaded.delay <=> delivered.delay);
