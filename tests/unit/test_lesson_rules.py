"""What may be published, and how answers score."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from backend.features.lessons.rules import Fault, Score, Why, faults, files_of, score
from backend.features.lessons.schemas import (
    Answer,
    Card,
    ChoiceCard,
    ImageCard,
    OrderCard,
    RevealCard,
    TextCard,
    VideoCard,
)

ONE, TWO = UUID(int=1), UUID(int=2)
IMAGE, VIDEO = UUID(int=11), UUID(int=12)
FILES = {IMAGE: "image", VIDEO: "video"}


def why(card: Card) -> list[Why]:
    return [fault.why for fault in faults([card], FILES)]


def test_every_kind_of_card_can_be_published() -> None:
    cards: list[Card] = [
        TextCard(UUID(int=21), markdown="**Look** at the sender"),
        ImageCard(UUID(int=22), file=IMAGE, alt="A forged address"),
        VideoCard(UUID(int=23), file=VIDEO),
        ChoiceCard(UUID(int=24), question="Which?", options=["a", "b"], right=[1]),
        OrderCard(UUID(int=25), question="Order!", items=["a", "b"]),
        RevealCard(UUID(int=26), front="?", back="!"),
    ]
    assert faults(cards, FILES) == []
    assert files_of(cards) == {IMAGE, VIDEO}


def test_every_fault_is_named() -> None:
    assert faults([], {}) == [Fault(None, "no-cards")]
    assert why(TextCard(ONE, markdown="  ")) == ["empty-text"]
    assert why(ImageCard(ONE)) == ["no-file", "no-alt"]
    assert why(ImageCard(ONE, file=VIDEO, alt="x")) == ["unknown-file"]
    assert why(VideoCard(ONE, file=UUID(int=99))) == ["unknown-file"]
    assert why(RevealCard(ONE, front="?")) == ["empty-side"]
    assert why(OrderCard(ONE, items=["a", "a "])) == ["no-question", "same-option-twice"]


def test_a_choice_needs_options_and_a_right_one() -> None:
    assert why(ChoiceCard(ONE, question="?", options=["a", "b"])) == ["no-right-option"]
    assert why(ChoiceCard(ONE, question="?", options=["a"], right=[0])) == ["too-few-options"]
    assert why(ChoiceCard(ONE, question="?", options=["a", " "], right=[0])) == ["too-few-options"]
    assert why(ChoiceCard(ONE, question="?", options=["a", "b"], right=[2])) == ["unknown-option"]
    assert why(ChoiceCard(ONE, question="?", options=["a", "b"], right=[0, 1])) == ["two-right-options"]
    assert why(ChoiceCard(ONE, question="?", multiple=True, options=["a", "b"], right=[0, 1])) == []


def test_a_card_stands_once() -> None:
    text = TextCard(ONE, markdown="x")
    assert faults([text, text], {}) == [Fault(ONE, "same-card-twice")]


QUIZ: list[Card] = [
    TextCard(UUID(int=9), markdown="x"),
    ChoiceCard(ONE, question="?", multiple=True, options=["a", "b", "c"], right=[0, 2]),
    OrderCard(TWO, question="?", items=["a", "b", "c"]),
]


def test_the_server_scores() -> None:
    assert score(QUIZ, [Answer(ONE, [2, 0]), Answer(TWO, [0, 1, 2])]) == Score(2, 2)
    assert score(QUIZ, [Answer(ONE, [0]), Answer(TWO, [0, 1, 2])]).percent == 50
    assert score(QUIZ, []).percent == 0
    assert score(QUIZ[:1], []).percent is None


def test_the_last_answer_counts_and_strangers_do_not() -> None:
    assert score(QUIZ, [Answer(ONE, [1]), Answer(ONE, [0, 2]), Answer(UUID(int=7), [0])]) == Score(1, 2)


ANSWERS = st.builds(Answer, st.sampled_from([ONE, TWO, UUID(int=7)]), st.lists(st.integers(0, 7), max_size=8))


@given(st.lists(ANSWERS, max_size=40))
def test_no_answers_break_the_bounds(answers: list[Answer]) -> None:
    found = score(QUIZ, answers)
    assert 0 <= found.right <= found.questions == 2
    assert 0 <= (found.percent or 0) <= 100
