"""`check-audit`: verify that no recorded act was changed or taken out."""

from cli.arguments import Options, Parser, add_clinic
from cli.desk import Desk
from cli.mistake import Mistake
from models.audit_chain import check_chain
from models.clinic import list_clinics


def describe(parser: Parser) -> None:
    """Every clinic, or one."""
    add_clinic(parser)
    parser.set_defaults(act=check)


def check(desk: Desk, options: Options) -> None:
    """Walk each chain; exit code 1 at the first broken link."""
    with desk.database.read() as session:
        clinics = [desk.clinic(session, options.clinic)] if options.clinic else list_clinics(session)
        for clinic in clinics:
            found = check_chain(session, clinic.id)
            if found.broken_at_id is not None:
                raise Mistake(f"{clinic.name}: the audit was changed at or before row {found.broken_at_id}")
            print(f"{clinic.name}: {found.rows} acts, whole ({found.not_yet_chained} not chained yet).")
