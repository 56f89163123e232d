-- The files as they came: external tables over gzipped CSV. Nothing is copied; dropping these tables leaves the files.
--
-- ${data} is the folder with nycflights13 in it: --define data=/path/to/data
CREATE DATABASE IF NOT EXISTS nyc_raw COMMENT 'nycflights13 as delivered';
USE nyc_raw;

DROP TABLE IF EXISTS flights;
CREATE TABLE flights (
  year STRING, month STRING, day STRING,
  dep_time STRING, sched_dep_time STRING, dep_delay STRING,
  arr_time STRING, sched_arr_time STRING, arr_delay STRING,
  carrier STRING, flight STRING, tailnum STRING, origin STRING, dest STRING,
  air_time STRING, distance STRING, hour STRING, minute STRING, time_hour STRING
)
USING csv
OPTIONS (header 'true', nullValue 'NA')
LOCATION '${data}/nycflights13/flights.csv.gz';

DROP TABLE IF EXISTS weather;
CREATE TABLE weather (
  origin STRING, year STRING, month STRING, day STRING, hour STRING,
  temp STRING, dewp STRING, humid STRING,
  wind_dir STRING, wind_speed STRING, wind_gust STRING,
  precip STRING, pressure STRING, visib STRING, time_hour STRING
)
USING csv
OPTIONS (header 'true', nullValue 'NA')
LOCATION '${data}/nycflights13/weather.csv.gz';

DROP TABLE IF EXISTS planes;
CREATE TABLE planes (
  tailnum STRING, year STRING, type STRING, manufacturer STRING, model STRING,
  engines STRING, seats STRING, speed STRING, engine STRING
)
USING csv
OPTIONS (header 'true', nullValue 'NA')
LOCATION '${data}/nycflights13/planes.csv.gz';

DROP TABLE IF EXISTS airports;
CREATE TABLE airports (
  faa STRING, name STRING, lat STRING, lon STRING, alt STRING, tz STRING, dst STRING, tzone STRING
)
USING csv
OPTIONS (header 'true', nullValue 'NA')
LOCATION '${data}/nycflights13/airports.csv.gz';

DROP TABLE IF EXISTS airlines;
CREATE TABLE airlines (carrier STRING, name STRING)
USING csv
OPTIONS (header 'true', nullValue 'NA')
LOCATION '${data}/nycflights13/airlines.csv.gz';

-- What arrived, and how much of it is missing.
SELECT 'airlines' AS file, count(*) AS lines FROM airlines
UNION ALL SELECT 'airports', count(*) FROM airports
UNION ALL SELECT 'flights', count(*) FROM flights
UNION ALL SELECT 'planes', count(*) FROM planes
UNION ALL SELECT 'weather', count(*) FROM weather
ORDER BY file;

SELECT
  count(*) AS flights,
  count_if(dep_time IS NULL) AS cancelled,
  count_if(dep_time IS NOT NULL AND arr_delay IS NULL) AS diverted,
  count_if(tailnum IS NULL) AS without_plane
FROM flights;
