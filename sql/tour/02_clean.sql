-- The small tables, typed: CREATE TABLE AS SELECT from the raw ones. A value that is no number fails the cast and with it
-- the script, so that nothing wrong is loaded in silence.
CREATE DATABASE IF NOT EXISTS nyc COMMENT 'flights out of New York City in 2013';
USE nyc;
SET TIME ZONE 'America/New_York';

DROP TABLE IF EXISTS airlines;
CREATE TABLE airlines USING parquet COMMENT 'carriers'
AS SELECT carrier, regexp_replace(name, ' (Inc\\.|Co\\.|Corporation)$', '') AS name
FROM nyc_raw.airlines;

DROP TABLE IF EXISTS airports;
CREATE TABLE airports USING parquet COMMENT 'airports of the FAA'
AS SELECT
  faa AS airport,
  trim(name) AS name,
  CAST(lat AS DOUBLE) AS latitude,
  CAST(lon AS DOUBLE) AS longitude,
  CAST(alt AS INT) AS altitude_feet,
  tzone AS time_zone
FROM nyc_raw.airports;

DROP TABLE IF EXISTS planes;
CREATE TABLE planes USING parquet COMMENT 'planes by tail number'
AS SELECT
  tailnum,
  CAST(year AS INT) AS built,
  initcap(manufacturer) AS manufacturer,
  model,
  CAST(engines AS TINYINT) AS engines,
  CAST(seats AS SMALLINT) AS seats,
  engine
FROM nyc_raw.planes;

-- Fahrenheit, inches and miles become Celsius, millimetres and kilometres.
DROP TABLE IF EXISTS weather;
CREATE TABLE weather (
  origin STRING COMMENT 'airport',
  hour TIMESTAMP COMMENT 'begin of the hour',
  celsius DECIMAL(4, 1),
  humidity DECIMAL(5, 2) COMMENT 'percent',
  wind_kmh DECIMAL(6, 1),
  rain_mm DECIMAL(6, 2),
  visibility_km DECIMAL(5, 1)
)
USING parquet
COMMENT 'weather by airport and hour';

INSERT OVERWRITE weather
SELECT
  origin,
  CAST(time_hour AS TIMESTAMP),
  (CAST(temp AS DECIMAL(6, 2)) - 32) * 5 / 9,
  CAST(humid AS DECIMAL(5, 2)),
  -- One wind of more than a thousand miles an hour is a fault of the instrument.
  CASE WHEN CAST(wind_speed AS DOUBLE) < 200 THEN CAST(wind_speed AS DOUBLE) * 1.609344 END,
  CAST(precip AS DOUBLE) * 25.4,
  CAST(visib AS DOUBLE) * 1.609344
FROM nyc_raw.weather;

SELECT origin, count(*) AS hours, min(celsius) AS coldest, max(celsius) AS hottest, sum(rain_mm) AS rain_mm
FROM weather
GROUP BY origin
ORDER BY origin;

SELECT manufacturer, count(*) AS planes, min(built) AS oldest, max(seats) AS largest
FROM planes
GROUP BY manufacturer
HAVING count(*) >= 100
ORDER BY planes DESC, manufacturer;

DESCRIBE weather;
