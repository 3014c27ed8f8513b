"""One worker of the sweep in a process of its own: batch after batch once told to go, saying how much each told.

After `most` batches (0: never) it holds one more open, says so, and waits to be killed.
"""

import asyncio
import sys

import asyncpg

BATCH = 5
SWEEP = "select access.sweep_duties($1)"


def say(word: object) -> None:
    print(word, flush=True)


async def work(url: str, most: int) -> None:
    connection = await asyncpg.connect(url)
    say(connection.get_server_pid())
    sys.stdin.readline()
    batches = 0
    while await connection.fetchval(SWEEP, BATCH):
        batches += 1
        say("told")
        if batches == most:
            await connection.execute("begin")
            await connection.fetchval(SWEEP, 10 * BATCH)
            say("holding")
            sys.stdin.readline()
    await connection.close()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], int(sys.argv[2])))
