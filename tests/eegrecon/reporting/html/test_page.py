"""The page of a report as a function of a result, its trials and its material."""

from __future__ import annotations

import base64
import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from records import audit, result, row, score, summary
from reports import HOSTILE, examples, lines, material, measured, views, whole

from eegrecon import DataError
from eegrecon.interfaces.recording_checks import SELECTED
from eegrecon.interfaces.records import StageRecord
from eegrecon.reporting.html.material import Material
from eegrecon.reporting.html.page import page_of, render
from eegrecon.reporting.terminal import narrow

LABELS = ("Full", f"w/o {HOSTILE}", "a baseline", "control: only the predicted class")
NOTHING = Material(schema="eegrecon.report/1", examples_absent="no pictures here", views_absent="no EEG here")


class Read(HTMLParser):
    """What a browser would find: elements with their attributes, and the text of each section."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.sections: dict[str, str] = {"": ""}
        self._open = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.sections[self._open] += " "
        if tag == "section":
            self._open = dict(attrs)["id"] or ""
            self.sections[self._open] = ""

    def handle_endtag(self, tag: str) -> None:
        self._open = "" if tag == "section" else self._open

    def handle_data(self, data: str) -> None:
        self.sections[self._open] += data

    def text(self, section: str) -> str:
        return " ".join(self.sections[section].split())


@pytest.fixture(scope="module")
def html() -> str:
    return render(page_of(whole(), lines(LABELS), material(LABELS)))


def shown(**more: Any) -> Read:
    return Read(render(page_of(whole(**more), lines(LABELS), material(LABELS))))


def test_a_whole_run_has_every_section_in_order(html: str) -> None:
    read = Read(html)
    assert [name for name in read.sections if name] == [
        "shows", "scores", "eeg-matters", "pictures", "confusion", "subjects", "seeds", "structure", "eeg", "audits",
        "stages", "environment",
    ]  # fmt: skip
    links = [attributes["href"] for tag, attributes in read.elements if tag == "a"]
    assert {link for link in links if link} == {f"#{name}" for name in read.sections if name}


def test_every_value_is_escaped_and_nothing_is_fetched_or_run(html: str) -> None:
    read = Read(html)
    tags = {tag for tag, _ in read.elements}
    assert not tags & {"script", "iframe", "object", "embed", "form", "base", "use", "foreignobject"}
    assert not [name for _, attributes in read.elements for name in attributes if name.startswith("on")]
    assert {attributes["rel"] for tag, attributes in read.elements if tag == "link"} == {"icon"}
    addresses = [
        value for _, attributes in read.elements for name, value in attributes.items() if name in ("src", "href")
    ]
    assert {str(address)[:11] for address in addresses if str(address)[0] != "#"} == {"data:,", "data:image/"}
    assert not re.search(r"https?://|//\w+\.\w+/|@import|url\(", html)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 10  # in the title, captions, classes, notes, evidence, labels, the command …
    for part in ("shows", "scores", "pictures", "confusion", "eeg", "audits", "environment"):
        assert HOSTILE in read.text(part) or part == "shows", part


def test_a_style_has_nothing_but_a_share(html: str) -> None:
    styles = [attributes["style"] for _, attributes in Read(html).elements if "style" in attributes]
    assert styles
    assert all(re.fullmatch(r"--share: \d+%", str(style)) for style in styles)


def test_a_character_that_commands_a_terminal_or_turns_writing_around_is_shown_as_its_number() -> None:
    found = result(row("Full\x1b[31m\u202e", score(0.5)), title="a\x00b")
    html = render(page_of(found, [], NOTHING))
    assert not set(html) & {"\x00", "\x1b", "\u202e"}
    assert "\\u001b[31m\\u202e" in html


def test_the_sentences_are_those_of_the_terminal(html: str, capsys: pytest.CaptureFixture[str]) -> None:
    narrow.print_result(whole())
    block = capsys.readouterr().out.partition("What this run shows")[2].partition("\n")[2].partition("\n\n")[0]
    printed = [" ".join(text.split()) for text in block.removeprefix("- ").split("\n- ")]
    listed = re.findall(r"<li>(.*?)</li>", html.partition('class="sentences"')[2].partition("</ul>")[0])
    assert len(printed) >= 5
    assert [unescape(text) for text in listed] == printed


def swept(value: int, top: float, n: int) -> Any:
    identity = f"m/n{n}"
    scores = [score(top, subject=subject, identity=identity, n=n // 2) for subject in (1, 2)]
    of = {"settings": {"dataset.repeats": value}} if value != 80 else {}
    return row(
        f"repeats = {value}" if of else "Full", *scores, summaries=(summary(top, identity=identity),),
        configuration={"dataset": {"use": "dataset.d", "repeats": value}}, **of,
    )  # fmt: skip


def test_a_swept_field_has_a_line_through_the_rows_with_full_among_them() -> None:
    rows = [swept(80, 0.9, 20), swept(5, 0.5, 320), swept(1, 0.2, 1600), row("other", score(0.7), settings={"a.b": 3})]
    page = page_of(result(*rows, request={"sweep": ["dataset.repeats=1,5,80"]}), [], NOTHING)
    (found,) = page.sweeps
    assert found.of == "dataset.repeats"
    assert found.header == ("1", "5", "80")
    assert found.rows == (
        ("top", (("0.200", "[0.100, 0.300]"), ("0.500", "[0.400, 0.600]"), ("0.900", "[0.800, 1.000]"))),
    )
    (chart,) = found.charts
    assert [point.title for point in chart.points] == [
        "repeats = 1: 0.200 [0.100, 0.300] (n 1600)", "repeats = 5: 0.500 [0.400, 0.600] (n 320)",
        "repeats = 80: 0.900 [0.800, 1.000] (n 20)",
    ]  # fmt: skip
    html = render(page)
    read = Read(html)
    assert "Scores against dataset.repeats" in read.text("sweep-1")
    assert {attributes.get("href") for _, attributes in read.elements} >= {"#sweep-1"}
    assert chart.path in html


def test_a_sweep_of_two_values_or_of_texts_says_why_it_has_no_line() -> None:
    two = result(swept(80, 0.9, 20), swept(1, 0.2, 1600), request={"sweep": ["dataset.repeats=1"]})
    page = page_of(two, [], NOTHING)
    assert page.sweeps == ()
    assert "three values" in Read(render(page)).text("left-out")


def test_a_run_without_anything_says_why_each_part_is_left_out() -> None:
    found = result(row("Full", score(0.5, chance=None)), subjects=(1,))
    read = Read(render(page_of(found, [], NOTHING)))
    assert [name for name in read.sections if name] == ["scores", "environment", "left-out"]
    reasons = read.text("left-out")
    for reason in (
        "no question", "--control", "no pictures here", "no trials.csv", "one subject (1); --subjects all",
        "one seed (0); --seeds 3", "known attributes", "no EEG here", "eegrecon audit RUN", "records none",
    ):  # fmt: skip
        assert reason in reasons
    assert len(re.findall("<li>", render(page_of(found, [], NOTHING)).partition('id="left-out"')[2])) == 10


def test_a_single_part_that_is_missing_is_the_only_one_left_out() -> None:
    assert shown().sections.keys() & {"left-out"} == set()
    assert (
        shown(seeds=(0,)).text("left-out").startswith("Not in this report Scores against seeds: the run has one seed")
    )
    without_maps = material(LABELS, views=views(maps=(), scales=(), peaks=(), maps_absent="too few channels"))
    read = Read(render(page_of(whole(), lines(LABELS), without_maps)))
    assert read.text("left-out").endswith("Maps of the scalp: too few channels")
    assert "Band power" not in read.text("eeg")
    assert "Mean response" in read.text("eeg")


def notices(**more: Any) -> list[str]:
    found = page_of(
        whole(**{"audits": (), "published": (), "dataset": "dataset.d", "profile": "paper", **more}), [], NOTHING
    )
    return [notice.title for notice in found.notices]


def test_a_banner_says_demonstration_selection_on_test_and_failed_audits() -> None:
    assert notices() == ["Failed rows"]
    assert notices(profile="demo-metrics")[0] == "Demonstration"
    assert notices(dataset="dataset.shapes")[0] == "Demonstration"
    published = whole().published
    assert notices(published=published)[0] == "Not comparable with published numbers"
    assert notices(published=published, comparable=True) == ["Failed rows"]
    assert notices(notes=(SELECTED,))[0] == "Selected on test trials"
    failed = audit("drift", "FAIL", "it drifts")
    assert notices(audits=(failed, audit("copies", "PASS", "none")))[0] == "Failed audit"
    assert notices(audits=(failed, failed))[0] == "Failed audits"


def test_a_published_row_is_marked_where_it_is_not_comparable_and_drawn_where_it_is() -> None:
    read = shown()
    assert "not comparable" in read.text("scores")
    assert not [1 for tag, attributes in read.elements if tag == "g" and attributes.get("class") == "published"]
    comparable = shown(comparable=True)
    assert "not comparable" not in comparable.text("scores")
    assert [1 for tag, attributes in comparable.elements if tag == "g" and attributes.get("class") == "published"]


def test_every_picture_and_chart_has_words_and_every_picture_its_caption_class_and_scores(html: str) -> None:
    read = Read(html)
    pictures = [attributes for tag, attributes in read.elements if tag == "img"]
    assert len(pictures) == 3 * (1 + len(LABELS)) + 3  # trials of the true pictures and of each row, and maps
    assert all(attributes["alt"] for attributes in pictures)
    charts = [attributes for tag, attributes in read.elements if tag == "svg" and "aria-hidden" not in attributes]
    assert all(attributes["role"] == "img" and attributes["aria-label"] for attributes in charts)
    about = {attributes["id"] for tag, attributes in read.elements if attributes.get("class") == "about"}
    inputs = [attributes for tag, attributes in read.elements if tag == "input"]
    assert {attributes["aria-describedby"] for attributes in inputs} == about
    assert len(about) == 3 * (1 + len(LABELS))
    text = read.text("pictures")
    for part in ("a caption", "true class cat", "predicted class", "identification 1.000", "5 share the best value"):
        assert part in text


def test_a_picture_has_the_scores_of_its_trial_and_no_identity_for_a_score() -> None:
    found = page_of(whole(), lines(LABELS), material(LABELS)).gallery
    assert found is not None
    tiles = [tile for group in found.groups for row in group.rows[1:] for tile in row.tiles]
    assert {tuple(name for name, _ in tile.scores) for tile in tiles} == {("top-1", "identification")}


def test_a_jpeg_and_a_png_are_shown_as_what_they_are() -> None:
    read = shown()
    sources = [str(attributes["src"]) for tag, attributes in read.elements if tag == "img"]
    first_bytes = {source.partition(";")[0]: base64.b64decode(source.partition(",")[2])[:3] for source in sources}
    assert first_bytes == {"data:image/png": b"\x89PN", "data:image/jpeg": b"\xff\xd8\xff"}


def test_the_gravest_audit_is_first_with_its_question_and_all_its_evidence() -> None:
    read = shown()
    text = read.text("audits")
    assert text.index("FAIL drift") < text.index("inconclusive touches") < text.index("PASS copies")
    assert "It drifts: 1" in text


def test_stages_are_counted_by_kind_with_hits_and_seconds() -> None:
    stages = {
        str(place): StageRecord(name=f"s{place}", kind="fit" if place < 3 else "score", seconds=1.5, hit=place % 2 == 0)
        for place in range(4)
    }
    page = page_of(whole(stages=stages), [], NOTHING)
    assert [(kind.kind, kind.count, kind.hits, kind.seconds, kind.computed) for kind in page.kinds] == [
        ("fit", 3, 2, 4.5, 1.5),
        ("score", 1, 0, 1.5, 1.5),
    ]
    assert "2 from the store, 2 computed in 3.0 s; what came from the store had taken 3.0 s" in Read(render(page)).text(
        "stages"
    )


def test_subjects_and_seeds_are_points_and_their_means() -> None:
    page = page_of(whole(), [], NOTHING)
    assert page.subjects is not None
    full = page.subjects.rows[0]
    assert [value for value, _ in full[1]] == ["0.730", "0.740"]  # .7 + .01 s + the mean of 0, .02 and .04
    by_seed = page.seeds[0].rows[0]
    assert [value for value, _ in by_seed[1]] == ["0.715", "0.735", "0.755"]
    assert len(page.seeds[0].chart.rows[0].points) == 3
    one_seed = page_of(whole(seeds=(0,)), [], NOTHING)
    assert one_seed.subjects is not None
    assert one_seed.subjects.rows[0][1][0] == ("0.710", "[0.600, 0.800]")


def test_a_result_with_long_names_and_rows_that_failed_is_shown() -> None:
    long = "w/o " + "a-part-with-a-name-that-goes-on" * 6
    rows = (
        measured("Full", 0.5),
        measured(long, 0.4),
        row("refused", refused="impossible"),
        row("none", blank={"m": "no"}),
    )
    html = render(page_of(result(*rows), [], Material(schema="eegrecon.report/1", examples=examples((long,)))))
    assert html.count(long) > 3
    assert "impossible" in html


def test_a_result_without_rows_is_refused() -> None:
    with pytest.raises(DataError, match="no rows"):
        page_of(result(), [], NOTHING)
