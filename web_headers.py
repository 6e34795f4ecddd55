"""Security headers on every response. Never loosens what a page has set for itself."""

from flask import Flask, Response

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
ONE_YEAR = "max-age=31536000"


def add_security_headers(app: Flask, *, is_https: bool) -> None:
    """Every response of `app` gets the headers; with https also the order to stay there for a year."""
    headers = HEADERS | ({"Strict-Transport-Security": ONE_YEAR} if is_https else {})

    @app.after_request
    def set_headers(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response
