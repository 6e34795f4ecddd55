"""What holds for every response and cookie. Never loosens what a page has set for itself."""

from datetime import timedelta

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
LARGEST_REQUEST_BYTES = 12 * 1024 * 1024


def web_settings(secret_key: str, *, is_https: bool) -> dict[str, object]:
    """Flask's own settings: cookies that scripts and other sites do not get, requests of a bounded size."""
    return {
        "SECRET_KEY": secret_key,
        "MAX_CONTENT_LENGTH": LARGEST_REQUEST_BYTES,
        "SESSION_COOKIE_NAME": "__Host-session" if is_https else "session",
        "SESSION_COOKIE_SECURE": is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "WTF_CSRF_TIME_LIMIT": None,  # a form's token lives and dies with its session
        "WTF_CSRF_SSL_STRICT": False,  # Sec-Fetch-Site says the same without needing a Referer
    }


def add_security_headers(app: Flask, *, is_https: bool) -> None:
    """Every response of `app` gets the headers; with https also the order to stay there for a year."""
    headers = HEADERS | ({"Strict-Transport-Security": ONE_YEAR} if is_https else {})

    @app.after_request
    def set_headers(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response
