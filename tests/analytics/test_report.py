"""The report is one page that stands alone and says what the summary says."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from tradeplat.analytics.report import fold, render
from tradeplat.core.errors import BadInput
from tradeplat.core.record import DeskOpened, Noted
from tradeplat.journal.events import NAME, EventLog
from tradeplat.journal.reader import Record

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
EMPTY = {"meta", "br", "input", "link", "img", "hr"}


class Page(HTMLParser):
    """Checks that tags close in order; keeps texts, links and the data."""

    def __init__(self, text):
        super().__init__()
        self.open, self.texts, self.links, self.data = [], [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag not in EMPTY:
            self.open.append(tag)
        found = dict(attributes)
        self.links += [found[name] for name in ("src", "href", "action") if name in found]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "script" and not self.data:
            self.data = data
        elif not self.open or self.open[-1] not in {"script", "style"}:
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def run(tmp_path_factory, session):
    path = tmp_path_factory.mktemp("run") / NAME
    with EventLog(path) as log:
        session(log)
    return fold(Record(path))


@pytest.fixture(scope="module")
def page(run):
    return Page(render(run))


def test_the_page_is_whole(page):
    assert page.open == []
    assert "tradeplat report" in page.text


def test_it_says_what_the_summary_says(run, page):
    found = run.summary
    for text in (
        f"+{found['net']:,.2f}",
        f"{found['end_equity']:,.2f}",
        f"{found['max_drawdown_money']:,.2f}",
        "2025-10-07_093000_paper_1",
        "MAX_POS",
        "Refused: position 100 of at most 100.",
        "risk.quantity",
        "builtin",
        "seed day 7",
    ):
        assert text in page.text, text
    data = json.loads(page.data)
    assert sum(row[11] for row in data["campaigns"]) == pytest.approx(found["net"])
    assert len(data["orders"]) == 3


def test_it_asks_nothing_of_the_network(run, page):
    text = render(run)
    assert all(link.startswith("#") for link in page.links)
    assert set(re.findall(r"https?://[^\"'\s]+", text)) == {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in text
    assert "@import" not in text
    assert "url(" not in text


def test_what_the_record_says_cannot_become_markup(run):
    text = render(run)
    assert "<b>venue" not in text
    assert "\\u003cb>venue" in text


def test_a_cut_record_says_so(run, tmp_path, session):
    path = tmp_path / NAME
    with EventLog(path) as log:
        session(log)
    path.write_bytes(path.read_bytes()[:-5])
    cut = fold(Record(path))
    assert cut.truncated
    assert cut.summary["truncated"] is True
    assert "cut short" in Page(render(cut)).text
    assert "cut short" not in Page(render(run)).text


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([], "does not begin with the run's header"),
        ([DeskOpened(0, 1, "A")], "does not begin with the run's header"),
        ([Noted(0, 1, "run", {"name": "x"})], "header cannot be read"),
    ],
)
def test_a_record_without_a_header_is_refused(entries, said):
    class Entries(list):
        truncated = False

    with pytest.raises(BadInput, match=said):
        fold(Entries(entries))


def test_a_run_in_which_nothing_happened_has_a_page(header):
    class Entries(list):
        truncated = False

    empty = fold(Entries([Noted(0, header.started, "run", header.body())]))
    page = Page(render(empty))
    assert page.open == []
    assert "Nothing was traded." in page.text


@pytest.mark.skipif(BROWSER is None, reason="no Chromium to open the page with")
@pytest.mark.parametrize("empty", [False, True])
def test_a_browser_runs_it_without_an_error(run, header, tmp_path, empty):
    class Entries(list):
        truncated = False

    shown = fold(Entries([Noted(0, header.started, "run", header.body())])) if empty else run
    (tmp_path / "report.html").write_text(render(shown), encoding="utf-8")
    command = [
        BROWSER,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--dump-dom",
        (tmp_path / "report.html").as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert 'data-ready="yes"' in done.stdout
