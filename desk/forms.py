"""What is wrong with a form, by field, in words that say what to do. Holds no rule of its own."""

from collections.abc import Mapping


class FormError(ValueError):
    """The form cannot be taken as it is: a sentence for each field that must change. Its input is kept."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__(" ".join(self.errors.values()))


def one_line(text: str, *, longest: int) -> str:
    """A name or a note as one printable line. Raises ValueError that says what to write."""
    cleaned = " ".join(text.split())
    if not cleaned or not cleaned.isprintable():
        raise ValueError("Write something here.")
    if len(cleaned) > longest:
        raise ValueError(f"Use at most {longest} characters.")
    return cleaned


def raise_if_any(errors: Mapping[str, str]) -> None:
    """Raises FormError where a field is wrong."""
    if errors:
        raise FormError(errors)
