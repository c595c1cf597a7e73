"""From the numbers of runs to tables and figures: intervals, tests, the published values beside them."""
