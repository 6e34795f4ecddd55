"""The enrol form as typed, and what it means. Keeps every word that was typed; says field by field what to change."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from dashboard.client_desk import form_time, local_moment
from desk.clients import LANGUAGES, WAYS, ClientError, check_name
from desk.enrolment import AHEAD, PRODUCTS, Known, NewVisit
from phone import PhoneError, parse_phone

AREAS = (
    "Forehead",
    "Frown lines",
    "Crow's feet",
    "Brow lift",
    "Bunny lines",
    "Lip flip",
    "Chin",
    "Masseter",
    "Neck",
)
LONGEST_AREAS, LONGEST_PRODUCT = 300, 60
OTHER = PRODUCTS[-1]
NEW_PERSON = "new"
NEEDS_CARE = "Without it no text may be sent. Tick it if they agreed, or save the visit without texts."


@dataclass(frozen=True, slots=True)
class EnrolForm:
    """What stands in the fields. `who`: a client's id, "new" or nothing yet; `refines`: a visit's id or nothing."""

    name: str = ""
    phone: str = ""
    product: str = ""
    other_product: str = ""
    areas: tuple[str, ...] = ()
    more_areas: str = ""
    at: str = ""
    language: str = "en"
    timezone: str = ""
    care: bool = False
    promo: bool = False
    how: str = WAYS[0]
    who: str = ""
    refines: str = ""
    without_texts: bool = False

    @property
    def area_line(self) -> str:
        """All areas in one line, as they are stored."""
        typed = (part.strip() for part in self.more_areas.split(","))
        return ", ".join([*self.areas, *(part for part in typed if part)])


@dataclass(frozen=True, slots=True)
class Reading:
    """What the form means: `visit` where it can be entered, else what to change, by field."""

    visit: NewVisit | None
    errors: dict[str, str] = field(default_factory=dict)


def blank_form(now: datetime, zone: ZoneInfo) -> EnrolForm:
    """The form as it opens: now, English, nothing agreed to."""
    return EnrolForm(at=form_time(now, zone))


def read_fields(form: MultiDict[str, str]) -> EnrolForm:
    """The fields of a request, trimmed to what can be stored."""
    return EnrolForm(
        name=form.get("name", "")[:200],
        phone=form.get("phone", "")[:40],
        product=form.get("product", ""),
        other_product=form.get("other_product", "")[:LONGEST_PRODUCT],
        areas=tuple(area for area in AREAS if area in form.getlist("areas")),
        more_areas=form.get("more_areas", "")[:LONGEST_AREAS],
        at=form.get("at", ""),
        language=form.get("language", "en"),
        timezone=form.get("timezone", ""),
        care=form.get("care") == "1",
        promo=form.get("promo") == "1",
        how=form.get("how", WAYS[0]),
        who=form.get("who", ""),
        refines=form.get("refines", ""),
        without_texts=form.get("without_texts") == "1",
    )


def read_number(form: EnrolForm, country: str) -> str | None:
    """The number as E.164, or None where it is none yet."""
    try:
        return parse_phone(form.phone, country)
    except PhoneError:
        return None


def read_moment(form: EnrolForm, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When it was; None where it is no moment or lies ahead."""
    moment = local_moment(form.at, zone)
    return moment if moment is not None and moment <= now + AHEAD else None


def chosen_client(form: EnrolForm, known: Known) -> int | None:
    """Which known client was treated: the one picked, or the only one whose name was typed."""
    if form.who == NEW_PERSON:
        return None
    picked = next((one.id for one in known.clients if str(one.id) == form.who), None)
    named = next(
        (one.id for one in known.clients if one.name.casefold() == form.name.strip().casefold()), None
    )
    return picked or named


def read_visit(form: EnrolForm, known: Known, *, country: str, now: datetime, zone: ZoneInfo) -> Reading:
    """The visit to enter, or everything that must change first."""
    errors: dict[str, str] = {}
    number, moment = read_number(form, country), read_moment(form, now, zone)
    client_id = chosen_client(form, known)
    name = _name(form, known, client_id, errors)
    if number is None:
        errors["phone"] = "Write the number with its area code, such as 573-555-0142."
    if moment is None:
        errors["at"] = "Write when the treatment was. A visit still to come is kept as an appointment."
    product = _product(form, errors)
    if form.language not in LANGUAGES or form.how not in WAYS:
        errors["language"] = "Choose from the lists."
    if known.clients and client_id is None and form.who != NEW_PERSON:
        errors["who"] = "This number is on file. Say who was treated."
    if not (form.care or known.has_care or form.without_texts):
        errors["care"] = NEEDS_CARE
    if errors or number is None or moment is None:
        return Reading(None, errors)
    visit = NewVisit(
        name=name,
        number=number,
        product=product,
        areas=form.area_line[:LONGEST_AREAS],
        injected_at=moment,
        language=form.language,
        care=form.care,
        promo=form.promo,
        how=form.how,
        client_id=client_id,
        refines=_refined(form, known, client_id),
        timezone=form.timezone or None,
    )
    return Reading(visit)


def _name(form: EnrolForm, known: Known, client_id: int | None, errors: dict[str, str]) -> str:
    on_file = next((client.name for client in known.clients if client.id == client_id), None)
    if on_file is not None:
        return on_file
    try:
        return check_name(form.name)
    except ClientError as error:
        errors["name"] = str(error)
        return ""


def _product(form: EnrolForm, errors: dict[str, str]) -> str:
    product = " ".join(form.other_product.split()) if form.product == OTHER else form.product
    if not product or (form.product not in PRODUCTS):
        errors["product"] = "Choose the product; for another one write its name."
    return product


def _refined(form: EnrolForm, known: Known, client_id: int | None) -> int | None:
    visits = known.recent_visits.get(client_id or 0, ())
    return next((visit.id for visit in visits if str(visit.id) == form.refines), None)
