"""What is public at a handle: every form that a link has, for everybody; and nothing of what is not."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from exchange.flows.people import people
from exchange.flows.people.erase import erase
from exchange.flows.portfolios import mine
from exchange.flows.portfolios.publish import Publish, publish, unpublish
from exchange.flows.portfolios.records import Kept, Publication
from tests.edge.portfolios.site import JSON, Site
from tests.edge.shop import PAGE
from tests.simulator import run

HOME = "/account/portfolios"
CLOSED = "noindex,nofollow,noarchive"


class Public(Site):
    """Ben is called ben-h here."""

    def __post_init__(self) -> None:
        super().__post_init__()
        run(people.change(self.ben.ports, self.ben.person.id, handle="ben-h"))

    def publish(self, kept: Kept, slug: str = "calm", **wish: Any) -> Publication:
        return run(publish(self.ben.ports, kept.id, Publish(slug, **wish)))

    def asks(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers={**PAGE, **headers}, follow_redirects=False)


@pytest.fixture
def site() -> Public:
    return Public()


def test_one_is_the_page_at_the_handle_and_at_its_name(site: Public) -> None:
    site.publish(site.everything())
    base = site.ports.base_url
    for path in ("/@ben-h", "/@ben-h/", "/@ben-h/calm", "/%40ben-h/calm", "/p/@ben-h~calm"):
        answer = site.asks(path)
        assert answer.status_code == 200
        for part in ("Ben Holder", "Six years of calm incidents", "3 badges, all verified just now"):
            assert part in answer.text
        assert answer.headers["x-robots-tag"] == CLOSED
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers
        assert 'content="noindex, nofollow, noarchive"' in answer.text
        assert f'<link rel="canonical" href="{base}/@ben-h/calm">' in answer.text
        assert "/p/" not in answer.text  # every link on it is by the name
        assert "asked to be told" not in answer.text
    value = site.asks("/@ben-h.json").json()
    assert value == site.asks("/@ben-h/calm.json").json() == site.asks("/@ben-h/calm", **JSON).json()
    assert value["key"] == "@ben-h~calm"
    assert value["links"]["page"] == f"{base}/@ben-h/calm"
    assert value["links"]["frame"] == f"{base}/embed/portfolios/@ben-h~calm"


def test_search_engines_list_it_only_if_its_holder_wants_that(site: Public) -> None:
    kept = site.everything()
    site.publish(kept, search=True)
    for path in ("/@ben-h", "/@ben-h/calm"):
        answer = site.asks(path)
        assert "x-robots-tag" not in answer.headers
        assert 'name="robots"' not in answer.text
    for path in ("/@ben-h.json", "/@ben-h/calm/elsewhere", "/@ben-h/calm/as/portfolio.md"):
        assert site.asks(path).headers["x-robots-tag"] == CLOSED
    other = site.everything()
    site.publish(other, "quiet")
    assert site.asks("/@ben-h").headers["x-robots-tag"] == CLOSED  # the list names one that is to stay out
    site.publish(other, "quiet", search=True)
    assert "x-robots-tag" not in site.asks("/@ben-h").headers
    _, secret = site.share(kept)
    assert site.asks(f"/p/{secret}").headers["x-robots-tag"] == CLOSED


def test_several_are_a_list_in_the_order_in_which_they_were_published(site: Public) -> None:
    first, second = site.everything(), site.change(site.everything(), headline="Calm <nights>")
    private = site.change(site.everything(), headline="Nobody's business")
    site.publish(first)
    site.world.later(minutes=1)
    site.publish(second, "nights")
    page = site.asks("/@ben-h")
    assert re.findall(r'href="(/@ben-h/[^"?]+)', page.text) == ["/@ben-h/calm", "/@ben-h/nights"]
    assert "Calm &lt;nights&gt;" in page.text
    assert private.portfolio.headline not in page.text
    told = site.asks("/@ben-h", **JSON)
    base = site.ports.base_url
    assert told.json() == {
        "type": "portfolios",
        "person": "Ben Holder",
        "handle": "ben-h",
        "portfolios": [
            {"headline": "Six years of calm incidents", "url": f"{base}/@ben-h/calm"},
            {"headline": "Calm <nights>", "url": f"{base}/@ben-h/nights"},
        ],
    }
    assert told.headers["access-control-allow-origin"] == "*"
    assert "Calm &lt;nights&gt;" in site.asks("/@ben-h/nights").text
    assert site.asks("/embed/portfolios/@ben-h.json").status_code == 404  # of a list there is no embed


def test_large_letters_lead_to_the_small_ones_of_what_is_there(site: Public) -> None:
    site.publish(site.everything())
    for asked, there in (
        ("/@Ben-H", "/@ben-h"),
        ("/@BEN-H/Calm", "/@ben-h/calm"),
        ("/@Ben-h/calm.json", "/@ben-h/calm.json"),
        ("/@Ben-h?lang=de", "/@ben-h?lang=de"),
    ):
        answer = site.asks(asked)
        assert (answer.status_code, answer.headers["location"]) == (308, there)
        assert answer.headers["x-robots-tag"] == CLOSED
        assert site.asks(there).status_code == 200
    assert site.asks("/@Nobody").status_code == 404


FORMS = ("", ".json", "/as/portfolio.md", "/as/presentation.json", "/as/portfolio.pdf", "/elsewhere")
VIEWS = ("/skills", "/timeline")
EMBEDS = ("", ".json", ".svg", ".png", ".card.svg")


def said(answer: Any, name: str) -> tuple[int, str, object]:
    headers = {key: value for key, value in answer.headers.items() if key not in ("etag", "link")}
    return answer.status_code, answer.text.replace(name, "…"), repr(headers)


def test_absent_private_given_up_suspended_and_erased_answer_alike(site: Public) -> None:
    kept = site.everything()
    site.publish(kept)
    places = [(f"/@ben-h/calm{form}", f"/@never/calm{form}") for form in (*FORMS, *VIEWS)] + [
        ("/@ben-h", "/@never")
    ]
    places += [
        (f"/embed/portfolios/@ben-h~calm{form}", f"/embed/portfolios/@never~calm{form}") for form in EMBEDS
    ]
    places += [("/embed/events?of=portfolios/@ben-h~calm", "/embed/events?of=portfolios/@never~calm")]
    base = site.ports.base_url
    places += [(f"/oembed?url={base}/@ben-h/calm", f"/oembed?url={base}/@never/calm")]
    pages = [path for path, _ in places if "events" not in path]
    never = {path: said(site.asks(other), "never") for path, other in places}
    assert {one[0] for one in never.values()} == {404}

    def check() -> None:
        for path, _ in places:
            assert said(site.asks(path), "ben-h") == never[path]
            of_programs = said(site.asks(path, **JSON), "ben-h")
            assert of_programs == said(site.asks(path.replace("ben-h", "never"), **JSON), "never")

    assert {site.asks(path).status_code for path in pages} == {200}
    run(unpublish(site.ben.ports, kept.id))
    check()
    site.publish(kept)
    assert {site.asks(path).status_code for path in pages} == {200}
    run(people.suspend(site.ports, site.ben.person.id))
    check()
    run(people.reinstate(site.ports, site.ben.person.id))
    run(people.change(site.ben.ports, site.ben.person.id, handle="ben-two"))
    check()
    assert site.asks("/@ben-two/calm").status_code == 200
    run(people.change(site.ben.ports, site.ben.person.id, handle="ben-h"))
    assert {site.asks(path).status_code for path in pages} == {200}
    run(erase(site.ben.ports, site.ben.person.id, "ben@example.org"))
    check()


def test_every_form_is_made_of_the_same_value(site: Public) -> None:
    site.publish(site.everything())
    base, key = site.ports.base_url, "@ben-h~calm"
    assert f"({base}/badges/" in site.asks("/@ben-h/calm/as/portfolio.md").text.replace("<", "")
    assert f"{base}/@ben-h/calm" in site.asks("/@ben-h/calm/as/portfolio.md").text
    assert site.asks("/@ben-h/calm/as/presentation.json").json()["type"] == ["VerifiablePresentation"]
    assert site.asks("/@ben-h/calm/as/portfolio.pdf").content.startswith(b"%PDF")
    embedded = site.asks(f"/embed/portfolios/{key}.json").json()
    assert embedded == site.asks("/embed/portfolios/@BEN-H~calm.json").json()
    assert embedded == site.asks("/embed/portfolios/@ben-h.json").json()
    assert embedded["links"]["events"] == f"{base}/embed/events?of=portfolios/{key}"
    assert "3 badges verified" in site.asks(f"/embed/portfolios/{key}.svg").text
    card = site.asks(f"/embed/portfolios/{key}.card.svg").text
    assert f"{base}/@ben-h/calm".partition("://")[2] in card
    assert "crispEdges" in card  # its code, which leads there
    assert site.asks(f"/embed/portfolios/{key}.png").headers["content-type"] == "image/png"
    framed = site.asks(f"/embed/portfolios/{key}")
    assert "frame-ancestors *" in framed.headers["content-security-policy"]
    assert 'href="/@ben-h/calm"' in framed.text
    for url in (f"{base}/@ben-h", f"{base}/@ben-h/calm", f"{base}/p/{key}", f"{base}/embed/portfolios/{key}"):
        told = site.client.get("/oembed", params={"url": url}).json()
        assert (told["type"], told["author_url"]) == ("rich", f"{base}/@ben-h")
        assert f"{base}/embed/portfolios/{key}" in told["html"]
    page = site.asks("/@ben-h").text
    assert f'og:url" content="{base}/@ben-h/calm"' in page
    (found,) = re.findall(r'type="application/json\+oembed" href="([^"]+)"', page)
    place = urlsplit(found.replace("&amp;", "&"))
    assert site.asks(f"{place.path}?{place.query}").json()["type"] == "rich"
    elsewhere = site.asks("/@ben-h/calm/elsewhere")
    for part in (f"{base}/embed/portfolios/{key}.json", f"{base}/@ben-h/calm", "iframe"):
        assert part in elsewhere.text
    looked = site.client.post("/@ben-h/calm/elsewhere", data={"host": "https://github.com/me"}, headers=PAGE)
    assert "take: The shield" in re.sub(r"<[^>]+>", "", looked.text)


def test_an_open_embed_ends_as_soon_as_it_is_taken_back(site: Public) -> None:
    kept = site.everything()
    site.publish(kept)
    path = "/embed/portfolios/@ben-h~calm.json"
    before = site.asks(path).json()["revision"]
    site.change(kept, headline="Calmer")
    assert site.asks(path).json()["revision"] != before
    run(unpublish(site.ben.ports, kept.id))
    assert site.asks(path).status_code == 404
    other = site.change(site.everything(), headline="Another")
    site.publish(other)
    assert site.asks(path).json()["headline"] == "Another"  # under the same name, of the same revision


# --- what its holder does ---------------------------------------------------------------------------------


def test_a_holder_publishes_and_takes_back_without_script(site: Public) -> None:
    kept = site.everything()
    run(people.change(site.ben.ports, site.ben.person.id, handle=""))
    place = f"{HOME}/{kept.id}/publish"
    page = site.get(place).text
    for part in (
        "What everybody sees of it",
        "4 items that are not hidden",
        "Your handle",
        "Let search engines",
    ):
        assert part in page
    assert "checked" not in page.partition('name="search"')[2].partition(">")[0]
    assert "Everybody can see it" not in page
    bad = site.post(place, {"handle": "admin", "frames": "any"})
    assert (bad.status_code, 'id="handle-fault"' in bad.text) == (400, True)
    none = site.post(place, {"frames": "any"})
    assert (none.status_code, 'id="handle-fault"' in none.text) == (409, True)
    wrong = site.post(place, {"handle": "ben-h", "frames": "listed", "origins": "http://x.example"})
    assert (wrong.status_code, 'id="origins-fault"' in wrong.text) == (400, True)
    assert site.asks("/@ben-h").status_code == 404
    done = site.post(place, {"handle": "ben-h", "frames": "any"})
    assert (done.status_code, done.headers["location"]) == (303, f"{place}?done=published")
    page = site.get(done.headers["location"]).text
    assert "It is public." in page
    url = f"{site.ports.base_url}/@ben-h/six-years-of-calm-incidents"
    assert url in page
    assert "Your handle" not in page
    assert "Everybody can see it" in site.get(HOME).text
    assert url in site.get(f"{HOME}/{kept.id}/links").text
    assert site.asks("/@ben-h").status_code == 200
    off = site.post(f"{HOME}/{kept.id}/unpublish")
    assert (off.status_code, off.headers["location"]) == (303, f"{place}?done=unpublished")
    assert site.asks("/@ben-h").status_code == 404
    assert "Seen by nobody but you" in site.get(HOME).text


def test_programs_publish_and_take_back_by_the_same_words(site: Public) -> None:
    kept = site.everything()
    place = f"/api/portfolios/{kept.id}"
    assert site.get(place, **JSON).json()["public"] is None
    done = site.send(f"{place}/publish", {"slug": "calm", "search": True, "origins": ["https://a.example"]})
    assert done.json() == {
        "url": f"{site.ports.base_url}/@ben-h/calm",
        "slug": "calm",
        "search": True,
        "origins": ["https://a.example"],
        "publishedAt": done.json()["publishedAt"],
    }
    assert site.get(place, **JSON).json()["public"] == done.json()
    for body, code in (
        ({"slug": "-"}, "slug_malformed"),
        ({"origins": ["https://a.example/x"]}, "origin_malformed"),
        ({"origins": "x"}, "not_a_list"),
        ({"origins": [f"https://s{n}.example" for n in range(21)]}, "origins_too_many"),
    ):
        assert site.send(f"{place}/publish", body).json()["code"] == code
    assert site.send(f"{place}/publish", {}, site.ana).json()["code"] == "unknown_portfolio"
    assert site.send(f"{place}/unpublish", None, site.ana).json()["code"] == "unknown_portfolio"
    assert site.get(place, **JSON).json()["public"] == done.json()
    assert site.send(f"{place}/unpublish").json() == {"id": kept.id}
    assert site.get(place, **JSON).json()["public"] is None
    other = site.send(f"{place}/links", {"label": "Wiki", "origins": ["https://wiki.example"]}).json()
    assert other["origins"] == ["https://wiki.example"]
    assert site.send(f"{place}/links", {"label": "None"}).json()["origins"] == []
    framed = site.send(f"{place}/links/{other['id']}/frame", {"origins": None}).json()
    assert framed["origins"] is None


# --- frames -----------------------------------------------------------------------------------------------

WIKI = "https://wiki.example.org"


def ancestors(answer: Any) -> str:
    policy = answer.headers["content-security-policy"]
    return next(part for part in policy.split("; ") if part.startswith("frame-ancestors"))


def test_who_may_frame_a_link_is_in_its_policy(site: Public) -> None:
    kept, own = site.everything(), site.ports.base_url
    for origins, said in (
        (None, "frame-ancestors * file: data: blob:"),
        ((), f"frame-ancestors 'self' {own}"),
        ((WIKI, "http://localhost:81"), f"frame-ancestors 'self' {own} {WIKI} http://localhost:81"),
    ):
        _, secret = site.share(kept, origins=origins)
        answer = site.asks(f"/embed/portfolios/{secret}")
        assert (answer.status_code, ancestors(answer)) == (200, said)
        assert "x-frame-options" not in answer.headers
        assert answer.headers["cache-control"] == ("public, max-age=3" if origins is None else "no-cache")
        value = site.asks(f"/embed/portfolios/{secret}.json", origin="https://other.example")
        assert value.headers["access-control-allow-origin"] == "*"  # the component needs no frame
    assert "frame-ancestors 'none'" in site.asks(f"/p/{secret}").headers["content-security-policy"]


@pytest.mark.parametrize(
    ("referer", "destination", "status"),
    [
        (f"{WIKI}/page?x", "iframe", 200),
        ("https://other.example/", "iframe", 403),
        ("https://wiki.example.org.evil.example/", "iframe", 403),
        ("https://other.example/", "document", 200),
        ("https://other.example/", "", 200),
        ("", "iframe", 200),
        ("about:blank", "iframe", 200),
    ],
)
def test_a_frame_on_another_site_says_so_where_that_can_be_known(
    site: Public, referer: str, destination: str, status: int
) -> None:
    _, secret = site.share(site.everything(), origins=(WIKI,))
    sent = {"referer": referer, "sec-fetch-dest": destination}
    answer = site.asks(f"/embed/portfolios/{secret}", **{name: one for name, one in sent.items() if one})
    assert answer.status_code == status
    if status == 200:
        assert ancestors(answer).endswith(WIKI)
        return
    assert ancestors(answer) == "frame-ancestors * file: data: blob:"  # else nobody could read it
    assert "is not shown in frames on" in answer.text
    told = site.asks(f"/embed/portfolios/{secret}", **{**sent, **JSON})
    assert told.json()["code"] == "not_framed"
    assert f'href="/p/{secret}"' in answer.text
    for hidden in ("Ben Holder", "Six years", "Kept everybody calm"):
        assert hidden not in answer.text


def test_our_own_page_of_snippets_shows_the_frame_and_says_who_may(site: Public) -> None:
    kept, own = site.everything(), site.ports.base_url
    _, secret = site.share(kept, origins=(WIKI,))
    sent = {"referer": f"{own}/p/{secret}/elsewhere", "sec-fetch-dest": "iframe"}
    assert site.asks(f"/embed/portfolios/{secret}", **sent).status_code == 200
    page = site.asks(f"/p/{secret}/elsewhere")
    assert page.headers["x-robots-tag"] == CLOSED
    assert "on these sites only:" in page.text
    assert f"<code>{WIKI}</code>" in page.text
    assert "referrerpolicy=&#34;strict-origin&#34;" in page.text
    _, bare = site.share(kept, origins=())
    page = site.asks(f"/p/{bare}/elsewhere")
    assert "lets no other site show it in a frame" in page.text
    assert "&lt;iframe" not in page.text
    assert "It needs no frame" in page.text
    _, anywhere = site.share(kept)
    page = site.asks(f"/p/{anywhere}/elsewhere").text
    assert "on these sites only" not in page
    assert "referrerpolicy" not in page


def test_asked_about_a_site_it_says_that_the_holder_does_not_list_it(site: Public) -> None:
    _, secret = site.share(site.everything(), origins=(WIKI,))
    for url, frame, best in (
        (f"{WIKI}/page", "Frame: allowed", "The frame"),
        ("https://other.example/page", "Frame: not on the list of its holder", "The picture with a link"),
    ):
        page = b"<meta http-equiv=content-security-policy content=\"script-src 'none'\">"
        site.world.web.put(url, page, "text/html")
        form = {"host": url}
        told = site.client.post(f"/p/{secret}/elsewhere", data=form, headers=PAGE)
        text = " ".join(re.sub(r"<[^>]+>", "", told.text).split())
        assert f"take: {best}." in text
        assert frame in text


def test_oembed_gives_a_picture_of_what_may_stand_in_no_frame(site: Public) -> None:
    kept, base = site.everything(), site.ports.base_url
    for origins, kind in ((None, "rich"), ((WIKI,), "rich"), ((), "photo")):
        _, secret = site.share(kept, origins=origins)
        told = site.client.get("/oembed", params={"url": f"{base}/p/{secret}"}).json()
        assert told["type"] == kind
        assert ("referrerpolicy" in told.get("html", "")) == (origins == (WIKI,))
    low = {"url": f"{base}/p/{secret}", "maxwidth": "200"}
    assert site.client.get("/oembed", params=low).json()["type"] == "link"  # no card is that small


def test_a_holder_says_which_sites_may_frame_a_link(site: Public) -> None:
    kept = site.everything()
    place = f"{HOME}/{kept.id}/links"
    form = {"label": "Wiki", "which": "all", "days": "30"}
    bad = site.post(place, {**form, "frames": "listed", "origins": "https://a.example/page"})
    assert (bad.status_code, 'id="origins-fault"' in bad.text) == (400, True)
    empty = site.post(place, {**form, "frames": "listed", "origins": " "})
    assert (empty.status_code, 'id="origins-fault"' in empty.text) == (400, True)
    assert site.post(place, form).status_code == 200
    (link,) = run(mine.one(site.ben.ports, kept.id)).links
    assert link.origins == ()
    assert "in no frame" in site.get(place).text
    page = f"{place}/{link.id}/frame"
    assert "Which sites may show it in a frame?" in site.get(page).text
    done = site.post(page, {"frames": "listed", "origins": f"{WIKI}/\nhttps://b.example"})
    assert done.headers["location"] == f"{place}?done=link-framed"
    (link,) = run(mine.one(site.ben.ports, kept.id)).links
    assert link.origins == (WIKI, "https://b.example")
    assert WIKI in site.get(page).text
    assert "in frames on 2 sites" in site.get(place).text
    site.post(page, {"frames": "any", "origins": "ignored"})
    assert run(mine.one(site.ben.ports, kept.id)).links[0].origins is None
    assert site.client.get(page, headers={**site.as_(site.ana), **JSON}).json()["code"] == "unknown_portfolio"
