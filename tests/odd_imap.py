"""A small IMAP server that is as odd as a test wants: it tells no next UID or a wrong one, and chatters in between.

It refuses to give out mails that are `spoiled`. It speaks what the reading of a mailbox needs (RFC 9051, 6 and 7), one
line at a time; `asked` is what it was asked.
"""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

CHATTER = b"* OK [ALERT] we close at ten\r\n* 1 FETCH (FLAGS (\\Seen))\r\n"


@dataclass
class OddImap:
    """One mailbox: its mails by UID, its validity, and what it says of the next UID (None: nothing)."""

    mails: dict[int, bytes] = field(default_factory=dict)
    validity: str | None = "77"
    uid_next: str | None = None
    chatters: bool = False
    came: dict[int, str] = field(default_factory=dict)
    spoiled: frozenset[int] = frozenset()
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """The setting that names its mailbox."""
        return f"imap://clinic:secret@127.0.0.1:{self.port}/INBOX"

    @contextmanager
    def running(self) -> Iterator[OddImap]:
        """Listen on a port of its own until the end."""
        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _talker(self)) as server:
            server.daemon_threads = True
            self.port = server.server_address[1]
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()

    def answer(self, words: str) -> bytes:
        """The untagged lines that answer a command."""
        self.asked.append(words)
        for pattern, say in (
            (r"SELECT ", self._select),
            (r"FETCH (\d+) \(UID\)", self._uid_at),
            (r"UID SEARCH SINCE (\S+)", self._since),
            (r"UID SEARCH UID (\d+):(\d+)", self._within),
            (r"UID FETCH (\d+):(\d+) ", self._sizes),
            (r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", self._body),
        ):
            found = re.match(pattern, words)
            if found:
                return (CHATTER if self.chatters else b"") + say(*found.groups())
        return b"* CAPABILITY IMAP4rev1\r\n" if words == "CAPABILITY" else b""

    def refuses(self, words: str) -> bool:
        """Say whether this asks for a mail that it cannot read itself."""
        found = re.match(r"UID FETCH (\d+) \(BODY", words)
        return found is not None and int(found[1]) in self.spoiled

    def _select(self) -> bytes:
        lines = [f"* {len(self.mails)} EXISTS", "* 0 RECENT"]
        lines += [f"* OK [UIDVALIDITY {self.validity}] valid"] if self.validity else []
        lines += [f"* OK [UIDNEXT {self.uid_next}] next"] if self.uid_next else []
        return "".join(f"{line}\r\n" for line in lines).encode()

    def _uid_at(self, place: str) -> bytes:
        return f"* {place} FETCH (UID {sorted(self.mails)[int(place) - 1]})\r\n".encode()

    def _since(self, _day: str) -> bytes:
        found = " ".join(str(uid) for uid in sorted(self.mails) if self.came.get(uid) != "long ago")
        return f"* SEARCH {found}".rstrip().encode() + b"\r\n"

    def _within(self, first: str, last: str) -> bytes:
        found = " ".join(str(uid) for uid in sorted(self.mails) if int(first) <= uid <= int(last))
        return f"* SEARCH {found}".rstrip().encode() + b"\r\n"

    def _sizes(self, first: str, last: str) -> bytes:
        uids = [uid for uid in sorted(self.mails, reverse=True) if int(first) <= uid <= int(last)]
        return b"".join(
            f"* {uid} FETCH (RFC822.SIZE {len(self.mails[uid])} UID {uid})\r\n".encode() for uid in uids
        )

    def _body(self, uid: str, most: str) -> bytes:
        raw = self.mails[int(uid)][: int(most)]
        return f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(raw)}}}\r\n".encode() + raw + b")\r\n"


def _talker(server: OddImap) -> type[socketserver.StreamRequestHandler]:
    class Talker(socketserver.StreamRequestHandler):
        """One conversation."""

        def handle(self) -> None:
            """Greet, then answer each line."""
            self.wfile.write(b"* OK ready\r\n")
            for line in self.rfile:
                tag, _, words = line.decode("ascii").strip().partition(" ")
                if server.refuses(words):
                    self.wfile.write(f"{tag} NO [SERVERBUG] cannot be read\r\n".encode())
                else:
                    self.wfile.write(server.answer(words) + f"{tag} OK done\r\n".encode())

    return Talker
