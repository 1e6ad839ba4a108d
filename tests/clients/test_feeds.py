"""Feeds of articles and events, parsed by feedparser."""

import feedparser
import pytest

FEEDS = ["/articles.rss", "/articles.atom", "/events.rss"]


@pytest.mark.parametrize("address", FEEDS)
def test_a_feed_is_well_formed_and_complete(site, address):
    feed = feedparser.parse(site.get(address))
    assert feed.bozo == 0, feed.get("bozo_exception")
    assert feed.feed.title
    assert len({entry.id for entry in feed.entries}) == len(feed.entries)
    for entry in feed.entries:
        assert entry.title and entry.link.startswith("https://")
        assert entry.published_parsed
        assert "<script" not in entry.summary


def test_every_article_is_in_each_format(site):
    rss, atom = (feedparser.parse(site.get(address)) for address in FEEDS[:2])
    assert [entry.id for entry in rss.entries] == [entry.id for entry in atom.entries]
    assert [entry.title for entry in rss.entries] == [entry.title for entry in atom.entries]
    assert len(rss.entries) == (9 if site.folder.name == "sample" else 35)
