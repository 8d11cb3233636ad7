"""Where rooms and viewers of a fleet go, decided from what its relays say of themselves."""

from uuid import UUID

from msgspec.structs import replace

from backend.features.live.placement import Live, Node, OnAir, origin, silent, viewed

ROOM, PERSON = UUID(int=1), UUID(int=2)
ONE = Node("one", 0, 0, "http://{host}:1", "http://one", 10, 5, draining=False, near=[], rooms=[])
TWO = replace(ONE, name="two", viewers=2)
OFFICE = replace(ONE, name="office", viewers=9, near=["10.7.0.0/16", "fd00:7::/32"])
FULL = replace(ONE, viewers=10)
HOSTING = Live(ROOM, [OnAir(PERSON, "host", PERSON)])
PHONE, COLLEAGUE = "192.0.2.1", "10.7.3.2"


def fleet(*nodes: Node) -> dict[str, Node]:
    return {node.name: node for node in nodes}


def test_a_new_room_goes_to_the_least_loaded_and_stays_there() -> None:
    assert origin(fleet(ONE, TWO), ROOM, "") == TWO
    assert origin(fleet(ONE, TWO), ROOM, "one") == ONE
    assert origin(fleet(TWO), ROOM, "one") == TWO
    assert origin({}, ROOM, "one") is None


def test_a_room_leaves_a_relay_that_drains() -> None:
    draining = replace(ONE, draining=True, rooms=[HOSTING])
    assert origin(fleet(draining, TWO), ROOM, "one") == TWO
    assert origin(fleet(draining), ROOM, "one") is None


def test_what_redis_has_forgotten_the_relay_knows() -> None:
    hosting = replace(ONE, rooms=[Live(UUID(int=3)), HOSTING])
    assert origin(fleet(hosting, TWO), ROOM, "") == hosting


def test_a_viewer_goes_to_the_origin_while_it_has_room_then_to_the_least_loaded() -> None:
    assert viewed([ONE, TWO], ONE, PHONE) == ONE
    assert viewed([FULL, TWO], FULL, PHONE) == TWO
    assert viewed([FULL, replace(TWO, viewers=30)], FULL, PHONE) == FULL
    assert viewed([FULL, replace(TWO, draining=True)], FULL, PHONE) == FULL


def test_a_viewer_goes_to_a_relay_of_their_own_network_while_it_has_room() -> None:
    assert viewed([ONE, OFFICE], ONE, COLLEAGUE) == OFFICE
    assert viewed([ONE, OFFICE], ONE, "fd00:7::2") == OFFICE
    assert viewed([ONE, OFFICE], ONE, PHONE) == ONE
    assert viewed([ONE, OFFICE], ONE, "") == ONE
    full = replace(OFFICE, viewers=10)
    assert viewed([ONE, full], ONE, COLLEAGUE) == ONE
    home = replace(ONE, near=OFFICE.near)
    assert viewed([home, OFFICE], home, COLLEAGUE) == home


def test_who_says_nothing_new_for_a_second_and_a_half_is_dead() -> None:
    heard = {"one": (7, 1_000), "two": (9, 2_000)}
    assert silent(heard, 2_500) == set()
    assert silent(heard, 2_501) == {"one"}
