-- The worst days, and what came before and after them.
USE nyc;
SET TIME ZONE 'America/New_York';

CREATE OR REPLACE TEMPORARY VIEW days AS
SELECT
  flight_date AS day,
  count(*) AS flights,
  count_if(cancelled) AS cancelled,
  avg(departure_delay) AS delay
FROM flights
GROUP BY flight_date;

-- Cancellations, with the average of the week that ended that day and the change from the day before.
SELECT
  day,
  date_format(day, 'EEE') AS weekday,
  flights,
  cancelled,
  round(delay, 1) AS delay,
  round(avg(delay) OVER week, 1) AS delay_of_the_week,
  cancelled - lag(cancelled, 1, 0) OVER (ORDER BY day) AS change
FROM days
WINDOW week AS (ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)
ORDER BY cancelled DESC, day
LIMIT 10;

-- The worst day of each month by average delay.
SELECT month, day, round(delay, 1) AS delay, cancelled
FROM (
  SELECT month(day) AS month, *, row_number() OVER (PARTITION BY month(day) ORDER BY delay DESC, day) AS place
  FROM days
)
WHERE place = 1
ORDER BY month;

-- How much of all cancellations the worst days make: ten days a quarter, thirty days half.
WITH ranked AS (
  SELECT
    row_number() OVER (ORDER BY cancelled DESC, day) AS days,
    sum(cancelled) OVER (ORDER BY cancelled DESC, day ROWS UNBOUNDED PRECEDING) AS so_far,
    sum(cancelled) OVER () AS total
  FROM days
)
SELECT days, so_far, round(100 * so_far / total, 1) AS percent
FROM ranked
WHERE days IN (1, 3, 10, 30, 100)
ORDER BY days;

-- The worst of all, hour by hour: delays grow until nothing flies.
WITH worst AS (SELECT day FROM days ORDER BY cancelled DESC, day LIMIT 1)
SELECT
  hour(scheduled) AS hour,
  count(*) AS flights,
  count_if(cancelled) AS cancelled,
  round(avg(departure_delay), 1) AS delay,
  sum(count_if(cancelled)) OVER (ORDER BY hour(scheduled)) AS cancelled_so_far
FROM flights
WHERE flight_date = (SELECT day FROM worst)
GROUP BY hour(scheduled)
ORDER BY hour;
