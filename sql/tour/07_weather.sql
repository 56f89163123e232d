-- How does the weather matter?
USE nyc;
SET TIME ZONE 'America/New_York';

-- By rain in the hour of departure.
SELECT
  CASE
    WHEN rain_mm IS NULL THEN 'unknown'
    WHEN rain_mm = 0 THEN 'dry'
    WHEN rain_mm < 1 THEN 'drizzle'
    WHEN rain_mm < 5 THEN 'rain'
    ELSE 'downpour'
  END AS weather,
  count(*) AS flights,
  round(100 * avg(CAST(cancelled AS INT)), 1) AS cancelled_percent,
  round(avg(departure_delay), 1) AS departure_delay,
  percentile(departure_delay, 0.9) AS worst_tenth
FROM flights_in_weather
GROUP BY 1
ORDER BY min(rain_mm) NULLS LAST;

-- By wind and visibility.
SELECT
  CAST(floor(wind_kmh / 10) * 10 AS INT) AS wind_from,
  visibility_km < 5 AS fog,
  count(*) AS flights,
  round(100 * avg(CAST(cancelled AS INT)), 1) AS cancelled_percent,
  round(avg(departure_delay), 1) AS departure_delay
FROM flights_in_weather
WHERE wind_kmh IS NOT NULL AND visibility_km IS NOT NULL
GROUP BY wind_from, fog
HAVING count(*) >= 200
ORDER BY wind_from, fog;

-- How strongly delay goes with each, by airport.
SELECT
  origin,
  round(corr(departure_delay, rain_mm), 3) AS rain,
  round(corr(departure_delay, wind_kmh), 3) AS wind,
  round(corr(departure_delay, humidity), 3) AS humidity,
  round(corr(departure_delay, visibility_km), 3) AS visibility
FROM flights_in_weather
GROUP BY origin
ORDER BY origin;
