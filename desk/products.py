"""The products a treatment may name, as we write them. Pure."""

# The products the page gives as examples, one more of their kind (FDA label of 2024, unconfirmed), and plain words.
PRODUCTS = ("Botox", "Jeuveau", "Xeomin", "Dysport", "Daxxify", "Letybo", "neuromodulator", "tox")


def find_product(text: str) -> str | None:
    """The product somebody means, in any letters; None for one of another plan."""
    return next((one for one in PRODUCTS if one.casefold() == text.strip().casefold()), None)
