-- Which carrier is late, where and when?
USE nyc;
SET TIME ZONE 'America/New_York';

-- The carriers, the least punctual first.
SELECT
  airline,
  count(*) AS departures,
  round(avg(arrival_delay), 1) AS arrival_delay,
  round(100 * avg(CAST(late AS INT)), 1) AS late_percent,
  rank() OVER (ORDER BY avg(CAST(late AS INT)) DESC) AS rank
FROM departures
WHERE arrival_delay IS NOT NULL
GROUP BY airline
HAVING count(*) >= 500
ORDER BY rank, airline;

-- Where: airports and carriers, with totals (NULL stands for all).
SELECT origin, carrier, count(*) AS departures, round(avg(departure_delay), 1) AS departure_delay
FROM departures
WHERE carrier IN ('AA', 'B6', 'DL', 'EV', 'UA')
GROUP BY origin, carrier WITH ROLLUP
ORDER BY origin NULLS LAST, carrier NULLS LAST;

-- When: the later the day, the later the flight.
SELECT
  origin,
  round(100 * avg(CAST(late AS INT)) FILTER (WHERE part_of_day = 'early'), 1) AS early,
  round(100 * avg(CAST(late AS INT)) FILTER (WHERE part_of_day = 'morning'), 1) AS morning,
  round(100 * avg(CAST(late AS INT)) FILTER (WHERE part_of_day = 'afternoon'), 1) AS afternoon,
  round(100 * avg(CAST(late AS INT)) FILTER (WHERE part_of_day = 'evening'), 1) AS evening
FROM departures
GROUP BY origin
ORDER BY origin;

-- The three routes on which each of the large carriers is late most often.
WITH routes AS (
  SELECT carrier, origin, destination, count(*) AS departures, avg(CAST(late AS INT)) AS late
  FROM departures
  WHERE carrier IN ('AA', 'B6', 'DL', 'EV', 'UA') AND late IS NOT NULL
  GROUP BY ALL
  HAVING count(*) >= 100
)
SELECT carrier, origin, destination, departures, round(100 * late, 1) AS late_percent
FROM (SELECT *, row_number() OVER (PARTITION BY carrier ORDER BY late DESC, origin, destination) AS place FROM routes)
WHERE place <= 3
ORDER BY carrier, place;
