"""Takes posts up in processes that may be killed: `python posting_child.py`, told a post's key on each line.

Each post is taken up in a fork of this process, which has loaded everything and done nothing. It answers with two JSON
lines: the fork's number, when it is about to begin, and whether it came to its end.
"""

from __future__ import annotations

import json
import os
import sys

from integrations.platforms import platform_class
from tasks import posting


def main() -> None:
    for name in sys.argv[1:]:
        platform_class(name)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        key = json.loads(line)
        child = os.fork()
        if not child:
            sys.stdin.readline()  # until the killer stands ready
            posting.deliver_post.fn(key)
            os._exit(0)
        print(json.dumps(child), flush=True)
        _, status = os.waitpid(child, 0)
        print(json.dumps(status == 0), flush=True)


if __name__ == "__main__":
    main()
