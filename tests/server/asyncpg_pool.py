"""asyncpg: always binary; its pool resets a session when it gives it back."""

import asyncio
import decimal
import os

import asyncpg


async def main():
    pool = await asyncpg.create_pool(min_size=0, max_size=4)
    for _ in range(20):
        async with pool.acquire() as connection:
            row = await connection.fetchrow("SELECT 1 AS a, CAST(2.50 AS decimal(10, 2)) AS d, ARRAY[1, 2] AS x")
            assert tuple(row) == (1, decimal.Decimal("2.50"), [1, 2]), row
    async with pool.acquire() as connection:
        async with connection.transaction():
            count = 0
            async for _ in connection.cursor("SELECT * FROM generate_series(1, 1000)"):
                count += 1
            assert count == 1000
        try:
            await connection.fetch("SELECT * FROM generate_series(1, 100000000000)", timeout=1)
        except asyncio.TimeoutError:
            pass
        else:
            raise AssertionError("it was not stopped")
        assert await connection.fetchval("SELECT 1") == 1
    await pool.close()


asyncio.run(asyncio.wait_for(main(), 60))
