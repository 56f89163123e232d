-- Views: the words in which the questions are asked.
USE nyc;
SET TIME ZONE 'America/New_York';

CREATE OR REPLACE VIEW departures
COMMENT 'flights that took off, with names instead of codes'
AS SELECT
  f.flight_date,
  f.month,
  weekday(f.flight_date) + 1 AS weekday, -- 1 is Monday
  hour(f.scheduled) AS hour,
  CASE
    WHEN hour(f.scheduled) < 9 THEN 'early'
    WHEN hour(f.scheduled) < 13 THEN 'morning'
    WHEN hour(f.scheduled) < 18 THEN 'afternoon'
    ELSE 'evening'
  END AS part_of_day,
  f.carrier,
  a.name AS airline,
  f.flight,
  f.tailnum,
  f.origin,
  f.dest,
  coalesce(p.name, f.dest) AS destination,
  f.departure_delay,
  f.arrival_delay,
  f.arrival_delay >= 15 AS late
FROM flights AS f
JOIN airlines AS a ON f.carrier = a.carrier
LEFT JOIN airports AS p ON f.dest = p.airport
WHERE NOT f.cancelled;

-- Flights beside the weather of the hour in which they were to leave.
CREATE OR REPLACE VIEW flights_in_weather
AS SELECT f.*, w.celsius, w.humidity, w.wind_kmh, w.rain_mm, w.visibility_km
FROM flights AS f
LEFT JOIN weather AS w ON f.origin = w.origin AND date_trunc('HOUR', f.scheduled) = w.hour;

SHOW VIEWS;

SELECT count(*) AS departures, count(DISTINCT destination) AS destinations, count_if(late) AS late FROM departures;

SELECT count(*) AS flights, count(celsius) AS with_weather FROM flights_in_weather;
