"""How fast, as ratios taken in one run on one machine. They print and never fail: machines are shared and noisy."""
