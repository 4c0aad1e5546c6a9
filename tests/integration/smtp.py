# A mail server for tests: PORT MODE CERTIFICATE KEY [USER:PASSWORD]. MODE is starttls (required), tls or plain. Says
# each mail and each login as a line of JSON.
import json
import ssl
import sys
import time
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

port, mode, certificate, key = sys.argv[1:5]
login = sys.argv[5] if len(sys.argv) > 5 else ""
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)


def say(what):
    print(json.dumps(what), flush=True)


class Handler:
    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        say({"from": envelope.mail_from, "to": envelope.rcpt_tos, "headers": [[name, str(value)] for name, value in mail.items()],
             "subject": str(mail["Subject"]), "date": str(mail["Date"]), "type": str(mail["Content-Type"]).replace('"', ""),
             "tls": session.ssl is not None or mode == "tls", "text": mail.get_content()})
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    user, password = (part.decode() for part in (data.login, data.password))
    good = f"{user}:{password}" == login
    say({"login": user, "good": good})
    return AuthResult(success=good, handled=False)  # so that the server answers


options = {}
if mode == "starttls":
    options = {"tls_context": context, "require_starttls": True}
if login:
    options |= {"authenticator": authenticate, "auth_required": True}
controller = Controller(Handler(), hostname="127.0.0.1", port=int(port), ssl_context=context if mode == "tls" else None, **options)
controller.start()
print("ready", flush=True)
while True:
    time.sleep(3600)
