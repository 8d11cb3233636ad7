"""The statements that keep the raw record. Each takes arrays, one per column, and commutes with all others."""

from backend.kit import db

WINDOW = f"""
insert into session_window as old (session, opened, closed)
select session, min(opened), min(closed)
from {db.unnest("uuid timestamptz timestamptz")} as new (session, opened, closed)
group by session order by session
on conflict (session) do update set
    opened = least(old.opened, excluded.opened), closed = least(old.closed, excluded.closed)
"""

# A stay may be heard of by its beat or its end before its beginning. `media_ms` is that of the newest beat.
STAY = f"""
insert into stay as old (id, session, person, device, joined, "left", last_beat, media_ms)
select id, session, person, device, min(at), min("left"), max(at),
    (array_agg(media_ms order by at desc, media_ms desc))[1]
from {db.unnest("uuid uuid uuid text timestamptz timestamptz bigint")}
    as new (id, session, person, device, at, "left", media_ms)
group by id, session, person, device order by id
on conflict (id) do update set
    joined = least(old.joined, excluded.joined),
    "left" = least(old."left", excluded."left"),
    last_beat = greatest(old.last_beat, excluded.last_beat),
    media_ms = case when (excluded.last_beat, excluded.media_ms) > (old.last_beat, old.media_ms)
        then excluded.media_ms else old.media_ms end
"""

ON_AIR = f"""
insert into on_air as old (publication, session, seat, since, until)
select publication, session, seat, min(since), min(until)
from {db.unnest("uuid uuid text timestamptz timestamptz")}
    as new (publication, session, seat, since, until)
group by publication, session, seat order by publication
on conflict (publication) do update set
    since = least(old.since, excluded.since), until = least(old.until, excluded.until)
"""

FAULT = f"insert into fault select * from {db.unnest('uuid uuid timestamptz timestamptz')}"

ACT = f"insert into act select * from {db.unnest('uuid uuid uuid timestamptz')}"

PROMPT = f"insert into prompt select * from {db.unnest('uuid uuid timestamptz')}"

ANSWER = f"""
insert into prompt_answer as old (prompt, person, session, at)
select prompt, person, session, min(at)
from {db.unnest("uuid uuid uuid timestamptz")} as new (prompt, person, session, at)
group by prompt, person, session order by prompt, person
on conflict (prompt, person) do update set at = least(old.at, excluded.at)
"""

REPLAY = f"""
insert into replay select * from {db.unnest("uuid uuid uuid timestamptz timestamptz")}
"""

# What was credited is not raw: the last in the log stands, and a voided trace no longer does.
TAKE_BACK = "delete from attended where trace = any($1)"
ATTENDED = f"""
insert into attended (session, person, live_ms, replay_ms, credited_ms, on_air_ms, share, trace, revision)
select * from {db.unnest("uuid uuid bigint bigint bigint bigint int uuid int")}
on conflict (session, person) do update set
    live_ms = excluded.live_ms, replay_ms = excluded.replay_ms, credited_ms = excluded.credited_ms,
    on_air_ms = excluded.on_air_ms, share = excluded.share, trace = excluded.trace, revision = excluded.revision
"""
