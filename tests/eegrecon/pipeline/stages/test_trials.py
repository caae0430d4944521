from __future__ import annotations

import numpy as np
from jobs import MakeJob


def test_the_order_of_test_trials_does_not_reveal_their_time(make_job: MakeJob) -> None:
    job = make_job(control=("none",))
    job.run()
    test = job.store.get("test", job.graph.cells[0].test)
    assert test is not None
    index = np.asarray(test.arrays["index"])
    assert sorted(index) == list(range(36, 60))
    assert list(index) != sorted(index)
    assert list(test.arrays["trial"]) == sorted(test.arrays["trial"])


def test_identities_depend_on_the_content_of_the_test_set_and_on_nothing_else(make_job: MakeJob) -> None:
    def identities(**asked: object) -> dict[int, int]:
        job = make_job(control=("none",), audit=("none",), **asked)
        job.run()
        test = job.store.get("test", job.graph.cells[0].test)
        assert test is not None
        return dict(zip(test.arrays["index"].tolist(), test.arrays["trial"].tolist(), strict=True))

    first = identities()
    assert identities(set=("encoder.kind=odd", "generator.height=8", "seed=3")) == first
    longer = identities(set=("dataset.tape.trials=61",))
    assert all(longer[index] != identity for index, identity in first.items())
