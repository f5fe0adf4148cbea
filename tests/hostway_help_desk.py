"""A help desk that takes hand-offs as Zendesk does (`spec/hostway-sso.md`, section 6), for the tests.

    hostway_help_desk.py NOW SECRET...

serves `GET` and `POST /access/jwt` on a port of its own, which it prints. NOW is its clock, in Unix seconds; a SECRET is
what it shares with those whom it trusts. A `GET` is sent on; a `POST` is answered with a page with one link, as Zendesk's
is. Whoever is not let in is told why in the link.
"""

import http.server
import json
import sys
import urllib.parse

import jwt


class Reject(Exception):
    pass


class MockZendesk:
    """Its checks, in its order. The algorithm is pinned: what a token wishes for does not count."""

    SKEW = 180

    def __init__(self, secrets, clock):
        self.secrets, self.clock, self.seen = list(secrets), clock, {}

    def accept(self, token):
        try:
            head = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise Reject("malformed")
        if head.get("typ") != "JWT" or head.get("alg") != "HS256":
            raise Reject("header")
        for key in self.secrets:
            try:
                claims = jwt.decode(token, key, algorithms=["HS256"], options={"verify_iat": False, "verify_jti": False})
                break
            except jwt.PyJWTError:
                continue
        else:
            raise Reject("signature")
        now, iat = self.clock(), claims.get("iat")
        if isinstance(iat, bool) or not isinstance(iat, (int, float)) or abs(now - iat) > self.SKEW:
            raise Reject("iat")
        for name in ("jti", "email", "name"):
            if not isinstance(claims.get(name), str) or not claims[name].strip():
                raise Reject(name)
        if claims["jti"] in self.seen:
            raise Reject("replay")
        self.seen[claims["jti"]] = now
        return claims


class Door(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    desk = None

    def do_GET(self):
        address = urllib.parse.urlsplit(self.path)
        if address.path != "/access/jwt":
            return self.answer(200, {}, f"<p>at {address.path}</p>")
        where, said = self.sign_in(urllib.parse.parse_qs(address.query))
        self.answer(302, {"Location": where}, said)

    def do_POST(self):
        form = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path != "/access/jwt":
            return self.answer(404, {}, "")
        if self.headers.get("Referer"):
            # It would have learned the address of a page with a token.
            return self.answer(400, {}, "<p>told where its reader came from</p>")
        where, said = self.sign_in(urllib.parse.parse_qs(form))
        self.answer(200, {}, f'<p>{said}</p><a href="{where}">go on</a>')

    def sign_in(self, sent):
        try:
            claims = self.desk.accept(sent.get("jwt", [""])[0])
        except Reject as reason:
            return f"/access/unauthenticated?message={reason}", f"refused: {reason}"
        back = sent.get("return_to", ["/hc"])[0]
        return back, "signed in: " + json.dumps(claims, sort_keys=True)

    def answer(self, status, headers, text):
        body = f"<!doctype html><title>Help desk</title>{text}".encode()
        self.send_response(status)
        for name, value in {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


now = int(sys.argv[1])
Door.desk = MockZendesk(sys.argv[2:], lambda: now)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
print(server.server_address[1], flush=True)
server.serve_forever()
