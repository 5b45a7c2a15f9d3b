#!/usr/bin/python3
"""A real SMTP server on a free loopback port that appends each mail it accepts to a file, as JSON.

Prints its port as the first line. Recipients decide what happens to them: bounce@… is refused for
good (550), later@… for now (451) the first --later-times times, drop@… loses the connection.
"""
import argparse
import asyncio
import collections
import email
import email.policy
import json
import logging
import ssl
import sys
import threading
import warnings

from aiosmtpd.smtp import SMTP, AuthResult


class Sink:
    def __init__(self, options):
        self.options = options
        self.later = collections.Counter()
        self.mails = open(options.mails, "a", encoding="utf-8")

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if self.options.slow:
            await asyncio.sleep(self.options.slow)
        if address.startswith("bounce@"):
            return "550 5.1.1 No such mailbox"
        if address.startswith("later@"):
            self.later[address] += 1
            if self.later[address] <= self.options.later_times:
                return "451 4.7.1 Come back later"
        if address.startswith("drop@"):
            server.transport.abort()
            return "421 4.3.0 Bye"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)

        def part(kind):
            body = message.get_body((kind,))
            return body.get_content().replace("\r\n", "\n") if body else ""

        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "messageId": message["Message-ID"] or "",
            "toHeader": str(message["To"] or ""),
            "subject": message["Subject"] or "",
            "text": part("plain"),
            "html": part("html"),
            "content": envelope.original_content.decode("utf-8", "replace"),
        }
        self.mails.write(json.dumps(mail) + "\n")
        self.mails.flush()
        return "250 Taken"


def tls_context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


async def serve(options):
    context = tls_context(options.certificate, options.key) if options.tls != "none" else None

    def authenticate(server, session, envelope, mechanism, data):
        known = (options.user.encode(), options.password.encode())
        return AuthResult(success=(data.login, data.password) == known, handled=False)

    sink = Sink(options)

    def connection():
        return SMTP(
            sink,
            hostname="sink.example",
            ident="sink",
            enable_SMTPUTF8=True,
            tls_context=context if options.tls == "starttls" else None,
            require_starttls=options.tls == "starttls",
            authenticator=authenticate if options.user else None,
            auth_required=bool(options.user),
            auth_require_tls=options.tls == "starttls",
        )

    loop = asyncio.get_running_loop()
    implicit = context if options.tls == "smtps" else None
    server = await loop.create_server(connection, "127.0.0.1", options.port, ssl=implicit)
    print(server.sockets[0].getsockname()[1], flush=True)

    stopped = asyncio.Event()
    if options.until_stdin_closes:

        def wait_for_end_of_input():
            sys.stdin.buffer.read()
            loop.call_soon_threadsafe(stopped.set)

        threading.Thread(target=wait_for_end_of_input, daemon=True).start()
    await stopped.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", required=True, help="the file mails are appended to")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", choices=["none", "starttls", "smtps"], default="none")
    parser.add_argument("--certificate", help="PEM, for --tls")
    parser.add_argument("--key", help="PEM, for --tls")
    parser.add_argument("--user", default="", help="requires AUTH with this name")
    parser.add_argument("--password", default="")
    parser.add_argument("--later-times", type=int, default=2)
    parser.add_argument("--slow", type=float, default=0, help="seconds before RCPT is answered")
    parser.add_argument("--until-stdin-closes", action="store_true")
    warnings.simplefilter("ignore")  # aiosmtpd warns about AUTH inside implicit TLS
    logging.disable(logging.CRITICAL)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
