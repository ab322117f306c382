"""An office's own phrases.toml."""

from __future__ import annotations

import pytest
from incoming import a_dsn

from mailer.errors import ConfigurationError
from mailer.inbox.classify import classify
from mailer.inbox.phrases import DEFAULT
from mailer.operations.load_phrases import load_phrases


def test_an_office_without_one_reads_with_ours(tmp_path):
    """The file is nobody's duty."""
    assert DEFAULT is load_phrases(tmp_path)


def test_an_offices_rows_are_used(tmp_path):
    """Its words come first."""
    (tmp_path / "phrases.toml").write_text(
        '[[reason]]\nmeans = "suspend"\norigin = "naš strežnik"\n'
        'words = ["račun je zamrznjen"]\n',
        "utf-8",
    )
    raw = a_dsn(diagnostic="smtp; 550 5.1.1 Račun je zamrznjen")

    assert "suspend" == classify(raw, load_phrases(tmp_path)).reason


def test_every_mistake_is_told(tmp_path):
    """All at once."""
    (tmp_path / "phrases.toml").write_text('[[reasn]]\n[[delay]]\nwords = ["ab"]\n')

    with pytest.raises(ConfigurationError) as error:
        load_phrases(tmp_path)

    assert "did you mean 'reason'?" in str(error.value)
    assert "delay 1, origin: is missing" in str(error.value)
    assert "delay 1, words: 'ab' is in every text" in str(error.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"[[delay]]\n# \xe8\n", "phrases.toml, line 2: is not UTF-8"),
        (b"#" * 1_100_000, "is over 1 MB"),
    ],
)
def test_a_file_that_is_none(tmp_path, content, expected):
    """Another charset, another file."""
    (tmp_path / "phrases.toml").write_bytes(content)

    with pytest.raises(ConfigurationError, match=expected):
        load_phrases(tmp_path)


def test_a_folder_of_that_name(tmp_path):
    """It cannot be read."""
    (tmp_path / "phrases.toml").mkdir()

    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_phrases(tmp_path)
