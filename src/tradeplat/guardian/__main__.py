"""`python -m tradeplat.guardian`: reads its charge and the heartbeats from standard input."""

import asyncio
import os
import signal
import sys

from tradeplat.core.errors import BadInput
from tradeplat.guardian.charge import read_charge
from tradeplat.guardian.guard import Guard, teller

LONGEST = 1 << 20


async def watch() -> int:
    """Watch the daemon at the other end of standard input; returns the exit code."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(LONGEST)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        charge = read_charge(await reader.readline())
        guard = Guard(charge, teller(charge))
    except BadInput as error:
        os.write(2, f"tradeplat: guardian: {error}\n".encode())
        return 2
    except ProcessLookupError:
        os.write(2, b"tradeplat: guardian: no such daemon\n")
        return 2
    return await guard.run(reader)


def main() -> int:
    """Run until the daemon has ended and all is cleaned up."""
    # Ctrl-C at the terminal and a hang-up are for the daemon, which says goodbye when it is done.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    return asyncio.run(watch())


if __name__ == "__main__":
    sys.exit(main())
