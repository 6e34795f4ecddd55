"""What do staff do? Use cases behind the dashboard: reply, hand over, snooze, close, correct."""
