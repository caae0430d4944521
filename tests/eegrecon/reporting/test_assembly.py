from __future__ import annotations

from jobs import MakeJob


def test_a_row_has_the_notes_of_its_stages_also_when_they_come_from_the_store(make_job: MakeJob) -> None:
    first, again = make_job().run(), make_job().run()
    for result in (first, again):
        assert result.rows[0].notes == ("straight lines only",)
        assert result.notes == ("a toy",)
