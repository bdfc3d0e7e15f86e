"""Sends customers over eight connections at the same time: `send_httpx.py FILE URL`."""

import asyncio
import sys

import httpx

from records import records

CONNECTIONS = 8


async def work(client, waiting):
    for record in waiting:
        answer = await client.post(sys.argv[2], json=record)
        assert answer.status_code == 201, answer.text


async def main():
    waiting = records(sys.argv[1])
    limits = httpx.Limits(max_connections=CONNECTIONS)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:
        await asyncio.gather(*[work(client, waiting) for _ in range(CONNECTIONS)])


asyncio.run(main())
