"""Submissions and leaderboards: packing a run, verifying a submission of others, building the site of a board.

A *submission* is a folder or a zip file with ``manifest.json``, ``result.json``, ``trials.csv`` and the generated
pictures as PNG sheets below ``pictures/``; nothing else. It is untrusted: its files are read into memory, within
limits, and nothing of it is executed, unpickled or written anywhere.

*Verifying* has three ends. ``failed``: a file, a hash, a trial or a number is not what it must be. ``consistent``: the
submission agrees with itself, and the data set was not there to compute its scores again. ``re-scored``: the verifier's
own metrics and judges gave the same numbers for the submitted predictions and pictures of the declared test trials.

A *board* has the submissions of one benchmark version, profile and protocol.
"""
