"""How does a clinic tell time? Local days, opening hours, holidays, and how a moment is said. Pure: `now` is given."""
