-- Does the age of a plane matter?
USE nyc;
SET TIME ZONE 'America/New_York';

SELECT
  CASE
    WHEN built IS NULL THEN 'unknown'
    WHEN built > 2008 THEN 'under 5'
    WHEN built > 2003 THEN '5 to 9'
    WHEN built > 1998 THEN '10 to 14'
    WHEN built > 1988 THEN '15 to 24'
    ELSE '25 and more'
  END AS years,
  count(DISTINCT tailnum) AS planes,
  count(*) AS departures,
  round(avg(departure_delay), 1) AS departure_delay,
  round(avg(arrival_delay), 1) AS arrival_delay
FROM flights LEFT JOIN planes USING (tailnum)
WHERE NOT cancelled
GROUP BY 1
ORDER BY max(built) DESC NULLS LAST;

-- Over all, the oldest planes look punctual. Within each carrier they are the later ones: the carriers that fly old planes
-- are punctual for other reasons.
WITH by_age AS (
  SELECT
    f.carrier,
    p.built <= 1998 AS old,
    count(*) AS departures,
    avg(f.arrival_delay) AS delay
  FROM flights AS f
  JOIN planes AS p ON f.tailnum = p.tailnum
  WHERE p.built IS NOT NULL AND f.arrival_delay IS NOT NULL
  GROUP BY f.carrier, old
)
SELECT
  a.name AS airline,
  o.departures AS with_old,
  n.departures AS with_new,
  round(o.delay, 1) AS delay_of_old,
  round(n.delay, 1) AS delay_of_new,
  round(o.delay - n.delay, 1) AS difference
FROM by_age AS o
JOIN by_age AS n ON o.carrier = n.carrier AND o.old AND NOT n.old
JOIN airlines AS a ON o.carrier = a.carrier
WHERE o.departures >= 200 AND n.departures >= 200
ORDER BY difference DESC, airline;

-- The busiest planes, with their longest pause between two departures from New York.
WITH pauses AS (
  SELECT
    tailnum,
    flight_date,
    datediff(flight_date, lag(flight_date) OVER (PARTITION BY tailnum ORDER BY scheduled, flight, origin)) AS pause
  FROM flights
  WHERE NOT cancelled AND tailnum IS NOT NULL
)
SELECT tailnum, first(p.manufacturer) AS manufacturer, first(p.model) AS model, count(*) AS departures, max(pause) AS longest_pause
FROM pauses LEFT JOIN planes AS p USING (tailnum)
GROUP BY tailnum
ORDER BY departures DESC, tailnum
LIMIT 10;

-- Planes that flew but are not in the register, by carrier.
SELECT carrier, count(DISTINCT tailnum) AS unknown_planes, count(*) AS flights
FROM flights AS f
LEFT ANTI JOIN planes AS p ON f.tailnum = p.tailnum
WHERE f.tailnum IS NOT NULL
GROUP BY carrier
ORDER BY flights DESC, carrier
LIMIT 5;
