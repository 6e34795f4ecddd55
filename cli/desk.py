"""What a command works with: settings, database, clinic, deployment; each opened when first asked for."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from cli.arguments import Options
from cli.mistake import Mistake
from config import Settings, ensure_keys, load_settings
from desk.first_clinic import enter_installation
from messages.catalogue import Pack, shipped_pack
from migrations.upgrade import is_behind, is_empty, is_newer, take_turn, upgrade
from models.clinic import Clinic, find_clinic_by_name, list_clinics
from models.database import Database
from models.installation import machine_now

if TYPE_CHECKING:
    from deployment import Deployment


class Application(Protocol):
    """A web application as commands see it: something to serve, and the deployment it serves."""

    extensions: dict[str, Any]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """One request, as WSGI has it."""
        ...


CreateApp = Callable[[Settings], Application]


class Desk:
    """One run of one command."""

    def __init__(self, create_app: CreateApp) -> None:
        self.create_app = create_app

    @cached_property
    def settings(self) -> Settings:
        """The settings with their keys. Raises ConfigurationError."""
        return ensure_keys(load_settings())

    @property
    def is_simulated(self) -> bool:
        """Whether no text leaves this machine."""
        return self.settings.carrier == "simulated"

    @property
    def all_approved(self) -> bool:
        """In simulation every text counts as approved."""
        return self.is_simulated

    @cached_property
    def database(self) -> Database:
        """The database at its newest step; an empty one is built first. Raises Mistake where it is behind."""
        database = Database(self.settings.database_url)
        try:
            if is_behind(database):
                refuse_newer(database)
                if not is_empty(database):
                    raise Mistake("the database is not at this version's step; run: app.py migrate")
                bring_up(database, self.settings)
        except BaseException:
            database.close()
            raise
        return database

    @cached_property
    def pack(self) -> Pack:
        """The clinic's words and the plan. Raises PackError."""
        return shipped_pack()

    @cached_property
    def deployment(self) -> "Deployment":
        """The whole installation, for commands that plan or answer."""
        from deployment import open_deployment  # slow, and most commands do without

        _ = self.database
        return open_deployment(self.settings)

    def close(self) -> None:
        """Give back what was opened."""
        for name in ("database", "deployment"):
            if name in self.__dict__:
                self.__dict__[name].close()

    @contextmanager
    def reading(self, options: Options) -> Iterator[tuple[Session, Clinic]]:
        """A transaction that changes nothing, at the clinic asked for. Raises Mistake."""
        with self.database.read() as session:
            yield session, self.clinic(session, options.clinic)

    @contextmanager
    def writing(self, options: Options) -> Iterator[tuple[Session, Clinic]]:
        """The same for what is changed there."""
        with self.database.write() as session:
            yield session, self.clinic(session, options.clinic)

    def clinic(self, session: Session, name: str | None) -> Clinic:
        """The clinic asked for, or the only one. Raises Mistake."""
        clinics = list_clinics(session)
        if name is not None:
            return find_clinic_by_name(session, name) or _no_such_clinic(name, clinics)
        if len(clinics) == 1:
            return clinics[0]
        if not clinics:
            raise Mistake("there is no clinic yet; run: app.py migrate")
        raise Mistake(f"there are several clinics; say which with --clinic: {_names(clinics)}")


def refuse_newer(database: Database) -> None:
    """A newer version has worked on it: what runs may go on, but nothing of this version starts. Raises Mistake."""
    if is_newer(database):
        raise Mistake("the database belongs to a newer version of this program; update the program here too")


def bring_up(database: Database, settings: Settings) -> None:
    """Every step of the database, its mark and its first clinic. Safe to repeat. Raises Mistake for a newer one."""
    refuse_newer(database)
    upgrade(database)
    with database.write() as session:
        take_turn(session.connection())  # two that start on a new database must not both enter its clinic
        enter_installation(session, settings, machine_now(session))


def zone_of(clinic: Clinic) -> ZoneInfo:
    """The clinic's time zone."""
    return ZoneInfo(clinic.timezone)


def _no_such_clinic(name: str, clinics: list[Clinic]) -> Clinic:
    raise Mistake(f"there is no clinic named {name!r}; there is: {_names(clinics)}")


def _names(clinics: list[Clinic]) -> str:
    return ", ".join(repr(clinic.name) for clinic in clinics) or "none"
