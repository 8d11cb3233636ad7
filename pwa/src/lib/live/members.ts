/** Who is on the stage, invited, or has a hand up: one entry per person, as the room last said. */
import type { MediaAccess, SeatAccess, StageMember } from '#lib/api/index.ts';

export type Seat = SeatAccess['seat'];

/** The list after `news` of one person; who is off the stage is in it no more. */
export function withMember(members: readonly StageMember[], news: StageMember): StageMember[] {
  const others = members.filter(({ person }) => person.id !== news.person.id);
  return news.state === 'off' ? others : [...others, news];
}

/** Guests by their seats, so that a tile keeps its place while others come and go. */
export function guestsOf(members: readonly StageMember[]): (StageMember & { seat: Seat })[] {
  return members
    .filter((member): member is StageMember & { seat: Seat } => member.seat !== null)
    .sort((a, b) => a.seat.localeCompare(b.seat));
}

/** Where to watch a seat, and to publish on it when one may. */
export function seatOf(media: MediaAccess, seat: Seat): SeatAccess {
  return media.seats.find((each) => each.seat === seat) ?? { seat, whip: null, whep: '' };
}
