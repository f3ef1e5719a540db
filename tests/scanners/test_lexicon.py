from tradeplat.scanners.lexicon import WORDS


def test_every_word_is_written_as_headlines_are_looked_up_and_within_the_scale() -> None:
    assert all(word == word.lower() and " " not in word for word in WORDS)
    assert all(-4.0 <= valence <= 4.0 for valence in WORDS.values())


def test_what_a_general_lexicon_gets_wrong_is_said_here() -> None:
    assert WORDS["shares"] == 0.0
    assert WORDS["bankruptcy"] < -3.0
    assert WORDS["plunge"] < -3.0
    assert WORDS["cancer"] == 0.0
