"""Bytes that are no plain HTTP/1.1, each with a name, and the status and code it is answered with."""

HOST = b"Host: a.vn\r\n"
NEXT = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
Shape = tuple[str, bytes, int, str]


def get(target: bytes, *lines: bytes, method: bytes = b"GET") -> bytes:
    return b"\r\n".join([method + b" " + target + b" HTTP/1.1", b"Host: a.vn", *lines, b"", b""])


def post(*lines: bytes, body: bytes = b"") -> bytes:
    return get(b"/oauth/token", b"Content-Type: application/x-www-form-urlencoded", *lines, method=b"POST") + body


CHUNKED = b"Transfer-Encoding: chunked"
ENDED: list[Shape] = [
    ("no Host", b"GET /healthz HTTP/1.1\r\n\r\n", 400, "invalid_header"),
    ("two Hosts", get(b"/healthz", b"Host: b.vn"), 400, "invalid_header"),
    ("a Host with a path", b"GET /healthz HTTP/1.1\r\nHost: a.vn/../b\r\n\r\n", 400, "invalid_header"),
    ("a Host with a user", b"GET /healthz HTTP/1.1\r\nHost: b@a.vn\r\n\r\n", 400, "invalid_header"),
    ("a Host with a blank", b"GET /healthz HTTP/1.1\r\nHost: a.vn b.vn\r\n\r\n", 400, "invalid_header"),
    ("an empty Host", b"GET /healthz HTTP/1.1\r\nHost:\r\n\r\n", 400, "invalid_header"),
    ("a length and chunks", post(b"Content-Length: 5", CHUNKED, body=b"0\r\n\r\n" + NEXT), 400, "malformed_request"),
    ("chunks and a length", post(CHUNKED, b"Content-Length: 5", body=b"0\r\n\r\n" + NEXT), 400, "malformed_request"),
    ("two lengths", post(b"Content-Length: 5", b"Content-Length: 6", body=b"a=bcd" + NEXT), 400, "malformed_request"),
    ("a length twice", post(b"Content-Length: 5", b"Content-Length: 5", body=b"a=bcd"), 400, "malformed_request"),
    ("a length list", post(b"Content-Length: 5, 5", body=b"a=bcd" + NEXT), 400, "malformed_request"),
    ("a signed length", post(b"Content-Length: +5", body=b"a=bcd" + NEXT), 400, "malformed_request"),
    ("a negative length", post(b"Content-Length: -5", body=b"a=bcd"), 400, "malformed_request"),
    ("a hexadecimal length", post(b"Content-Length: 0x5", body=b"a=bcd"), 400, "malformed_request"),
    ("an empty length", post(b"Content-Length: ", body=b"a=bcd"), 400, "malformed_request"),
    ("a length beyond all", post(b"Content-Length: " + b"9" * 40), 400, "malformed_request"),
    ("another coding", post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), 400, "malformed_request"),
    ("a coding after chunks", post(CHUNKED + b", identity", body=b"0\r\n\r\n"), 400, "malformed_request"),
    ("a coding below chunks", post(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), 400, "invalid_header"),
    ("chunks twice", post(CHUNKED, CHUNKED, body=b"0\r\n\r\n"), 400, "malformed_request"),
    ("a blank before the colon", post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n"), 400, "malformed_request"),
    (
        "chunks from HTTP/1.0",
        post(CHUNKED, body=b"0\r\n\r\n" + NEXT).replace(b"HTTP/1.1", b"HTTP/1.0", 1),
        400,
        "invalid_header",
    ),
    ("a chunk size by line feed", post(CHUNKED, body=b"5\na=bcd\r\n0\r\n\r\n"), 400, "malformed_request"),
    ("a chunk extension by line feed", post(CHUNKED, body=b"5;a\na=bcd\r\n0\r\n\r\n" + NEXT), 400, "malformed_request"),
    ("a chunk size beyond all", post(CHUNKED, body=b"f" * 17 + b"\r\na=bcd"), 400, "malformed_request"),
    ("a negative chunk", post(CHUNKED, body=b"-5\r\na=bcd\r\n0\r\n\r\n"), 400, "malformed_request"),
    ("a chunk that runs over", post(CHUNKED, body=b"5\r\na=bcdXX0\r\n\r\n" + NEXT), 400, "malformed_request"),
    (
        "a header after the body",
        post(CHUNKED, body=b"0\r\nAuthorization: Bearer a\r\n\r\n" + NEXT),
        400,
        "malformed_request",
    ),
    ("a trailer without end", post(CHUNKED, body=b"0\r\nX: " + b"a" * 300_000), 400, "invalid_header"),
    ("a chunk extension without end", post(CHUNKED, body=b"5;" + b"a" * 300_000), 400, "invalid_header"),
    ("line feeds alone", b"GET /healthz HTTP/1.1\nHost: a.vn\n\n", 400, "malformed_request"),
    ("a line feed in the head", b"GET /healthz HTTP/1.1\r\nHost: a.vn\nX: b\r\n\r\n", 400, "malformed_request"),
    ("a carriage return alone", b"GET /healthz HTTP/1.1\r\nHost: a.vn\rX: b\r\n\r\n", 400, "malformed_request"),
    ("a folded line", get(b"/healthz", b"X: a\r\n b"), 400, "malformed_request"),
    ("a first line folded", b"GET /healthz HTTP/1.1\r\n Host: a.vn\r\n\r\n", 400, "malformed_request"),
    ("NUL in a header", get(b"/healthz", b"X: a\0b"), 400, "malformed_request"),
    ("NUL in the path", get(b"/health\0z"), 400, "malformed_request"),
    ("a letter beyond ASCII in the path", get("/healthz/ế".encode()), 400, "malformed_request"),
    ("a blank in the path", get(b"/health z"), 400, "malformed_request"),
    ("a fragment", get(b"/healthz#a"), 400, "malformed_request"),
    ("an absolute target", get(b"http://evil.example/healthz"), 400, "malformed_request"),
    ("an authority", get(b"evil.example:80"), 400, "malformed_request"),
    ("a tunnel", get(b"evil.example:443", method=b"CONNECT") + NEXT, 400, "malformed_request"),
    ("a star", get(b"*", method=b"OPTIONS"), 400, "malformed_request"),
    ("an unknown method", get(b"/healthz", method=b"STEAL"), 400, "malformed_request"),
    ("a method in small letters", get(b"/healthz", method=b"get"), 400, "malformed_request"),
    ("HTTP/0.9", b"GET /healthz\r\n\r\n", 400, "malformed_request"),
    ("HTTP/1.2", b"GET /healthz HTTP/1.2\r\n" + HOST + b"\r\n", 400, "malformed_request"),
    ("HTTP/2 in words", b"GET /healthz HTTP/2.0\r\n" + HOST + b"\r\n", 400, "malformed_request"),
    ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "malformed_request"),
    ("the greeting of TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "malformed_request"),
    ("a header without colon", get(b"/healthz", b"abc"), 400, "malformed_request"),
    ("a header without name", get(b"/healthz", b": a"), 400, "malformed_request"),
    (
        "an upgrade with a body",
        post(b"Connection: Upgrade", b"Upgrade: x", b"Content-Length: 5", body=b"a=bcd" + NEXT),
        400,
        "malformed_request",
    ),
    ("headers of 17 KB", get(b"/healthz", b"X: " + b"a" * 17_000), 400, "invalid_header"),
    ("headers of 70 KB", get(b"/healthz", b"X: " + b"a" * 70_000), 400, "invalid_header"),
    ("a header without end", b"GET /healthz HTTP/1.1\r\nX: " + b"a" * 300_000, 400, "invalid_header"),
    ("20,000 headers", get(b"/healthz", *[b"X: a"] * 20_000), 400, "invalid_header"),
    ("a path of 60 KB", get(b"/" + b"a" * 60_000), 400, "invalid_header"),
]
"""What leaves in doubt where the next message begins: answered, and the connection ends, whatever follows on it."""

KEPT: list[Shape] = [
    ("two slashes", get(b"//healthz"), 404, "not_found"),
    ("a slash at the end", get(b"/healthz/"), 404, "not_found"),
    ("dots", get(b"/v1/../healthz"), 404, "not_found"),
    ("a dot", get(b"/./healthz"), 404, "not_found"),
    ("dots at the end", get(b"/healthz/.."), 404, "not_found"),
    ("escaped dots", get(b"/v1/%2e%2e/healthz"), 404, "not_found"),
    ("an escaped slash", get(b"/v1%2fme"), 404, "not_found"),
    ("an escaped letter", get(b"/%68ealthz"), 404, "not_found"),
    ("an escaped NUL", get(b"/healthz%00"), 404, "not_found"),
    ("twice escaped", get(b"/v1/%252e%252e/healthz"), 404, "not_found"),
    ("a path parameter", get(b"/healthz;x=1"), 404, "not_found"),
    ("a backslash", get(b"/v1\\me"), 404, "not_found"),
    ("capitals", get(b"/HealthZ"), 404, "not_found"),
    ("a method override by header", get(b"/healthz", b"X-HTTP-Method-Override: DELETE", method=b"PUT"), 405, ""),
    ("a method override by query", get(b"/healthz?_method=GET", method=b"PUT"), 405, "method_not_allowed"),
    ("a trace", get(b"/healthz", method=b"TRACE"), 405, "method_not_allowed"),
    ("options", get(b"/healthz", method=b"OPTIONS"), 405, "method_not_allowed"),
    ("a method of WebDAV", get(b"/healthz", method=b"PROPFIND"), 405, "method_not_allowed"),
    ("the path elsewhere", get(b"/v1/me", b"X-Original-URL: /healthz", b"X-Rewrite-URL: /healthz"), 401, ""),
    ("forged forwarding", get(b"/v1/me", b"X-Forwarded-For: ::1", b"Forwarded: for=127.0.0.1"), 401, ""),
    ("forged identity", get(b"/v1/me", b"X-Client-Cert: demo-labour", b"X-Forwarded-User: demo-labour"), 401, ""),
    ("a token in the query", get(b"/v1/me?access_token=a.b.c"), 401, "unauthenticated"),
    ("a token in a cookie", get(b"/v1/me", b"Cookie: Authorization=Bearer a.b.c"), 401, "unauthenticated"),
    ("two tokens", get(b"/v1/me", b"Authorization: Bearer a", b"Authorization: Bearer b"), 401, "unauthenticated"),
]
"""What is refused for what it says: the connection stays good."""

SERVED: list[tuple[str, bytes]] = [
    ("a chunk extension", get(b"/healthz", CHUNKED) + b"5;a=b\r\nabcde\r\n0\r\n\r\n"),
    ("an empty line first", b"\r\n" + NEXT),
    ("a body nobody asked for", get(b"/healthz", b"Content-Length: 5") + b"abcde"),
    ("forwarding headers", get(b"/healthz", b"X-Forwarded-For: 10.0.0.1", b"X-Forwarded-Proto: https")),
    ("a parameter twice", get(b"/healthz?a=1&a=2")),
]
