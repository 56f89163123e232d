-- The large table: flights, partitioned by month, so that a month is reloaded, or read, alone.
USE nyc;
SET TIME ZONE 'America/New_York';

DROP TABLE IF EXISTS flights;
CREATE TABLE flights (
  flight_date DATE,
  scheduled TIMESTAMP COMMENT 'departure as planned',
  carrier STRING,
  flight INT COMMENT 'number',
  tailnum STRING,
  origin STRING,
  dest STRING,
  distance_km INT,
  departure_delay INT COMMENT 'minutes, negative when early; NULL when cancelled',
  arrival_delay INT COMMENT 'minutes, negative when early; NULL when cancelled or diverted',
  air_minutes INT,
  cancelled BOOLEAN,
  month INT
)
USING parquet
PARTITIONED BY (month)
COMMENT 'flights out of New York City in 2013';

-- The partition of each row is found from its last column.
INSERT OVERWRITE flights
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
  dep_time IS NULL,
  CAST(month AS INT)
FROM nyc_raw.flights;

SHOW PARTITIONS flights;

SELECT
  month,
  count(*) AS flights,
  count_if(cancelled) AS cancelled,
  round(avg(departure_delay), 1) AS departure_delay,
  round(avg(arrival_delay), 1) AS arrival_delay
FROM flights
GROUP BY month
ORDER BY month;
