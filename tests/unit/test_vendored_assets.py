"""The browser's libraries are the files their manifest and the lockfile name."""

from tools import vendor_assets


def test_vendored_files_are_what_the_manifest_says() -> None:
    assert list(vendor_assets._against_manifest()) == []


def test_the_lockfile_names_no_place_of_its_own() -> None:
    places = {entry.get("resolved", "") for entry in vendor_assets._locked().values()}

    assert all(place == "" or place.startswith("https://registry.npmjs.org/") for place in places)
