"""The report of a run: one page of HTML that needs no network, a pure function of the files in the run's folder."""
