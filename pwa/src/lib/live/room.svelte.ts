/** A live room as its screens see it: joined, in order, coming back by itself. */
import { Problem, joinLiveSession, liveSession, say as saySentence } from '#lib/api/index.ts';
import type {
  ChatMessage,
  LiveSession,
  MediaAccess,
  Person,
  Room as Entry,
  RoomEvent,
  RoomState,
  StageMember
} from '#lib/api/index.ts';
import { nowText } from '#lib/clock.ts';
import { uuid7 } from '#lib/ids.ts';
import { ReconnectingSocket, socketUrl } from '#lib/socket.ts';
import { withLine, withoutLine, withStatus, type ChatLine } from './chat.ts';
import { device } from './device.ts';
import { guestsOf, seatOf, withMember, type Seat } from './members.ts';

export type Prompted = { id: string; until: number };

const OVER = ['ended', 'closed', 'cancelled'];
/** A grant is asked for anew when it has less than this left. */
const GRANT_MARGIN_MS = 60_000;

export class Room {
  session = $state.raw<LiveSession>();
  state = $state.raw<RoomState>();
  lines = $state.raw<ChatLine[]>([]);
  pinned = $state.raw<ChatMessage | null>(null);
  chatOpen = $state(true);
  viewers = $state(0);
  /** How many of them media does not reach. */
  notReceiving = $state(0);
  /** Hearts heard since joining: each growth is worth an animation. */
  hearts = $state(0);
  prompt = $state.raw<Prompted>();
  /** Milliseconds already credited when we joined. */
  attendedMs = $state(0);
  removed = $state(false);
  /** Who is on the stage, invited, or has a hand up. */
  members = $state.raw<StageMember[]>([]);
  guests = $derived(guestsOf(this.members));
  hands = $derived(this.members.filter(({ state }) => state === 'raised'));
  mine = $derived(this.members.find(({ person }) => person.id === this.me.id));
  /** I may lead the room, as its host or as a co-host. */
  leading = $state(false);
  cohosts = $state.raw<string[]>([]);
  /** The host shows a screen. */
  screen = $state(false);
  /** How often I was asked to mute since joining. */
  muteAsked = $state(0);
  /** The door was open at least once. */
  entered = $state(false);
  /** The socket is open: what is shown is what the room says now. */
  connected = $state(false);
  /** When I last said something (milliseconds since the epoch): who speaks is there. */
  spokeAt = 0;
  /** Why the room cannot be entered. */
  problem = $state.raw<Problem>();

  readonly id: string;
  readonly me: Person;
  #media: MediaAccess | undefined;
  /** The relays that connections of this page go to. */
  #relays: string[] = [];
  #movers = new Set<() => void>();
  #seq = -1;
  #socket: ReconnectingSocket;

  constructor(id: string, me: Person) {
    this.id = id;
    this.me = me;
    this.#socket = new ReconnectingSocket({
      url: () => this.#enter(),
      message: (data) => (data as RoomEvent[]).forEach(this.#hear),
      opened: () => (this.connected = true),
      closed: () => (this.connected = false)
    });
  }

  start(): void {
    this.#socket.start();
  }

  stop(): void {
    this.#socket.stop();
  }

  /** Takes what an act of our own answered. */
  know(session: LiveSession): void {
    this.session = session;
    const slate = this.state?.slate ?? 'before';
    this.state = { state: session.state, onAir: session.onAir, slate, since: nowText() };
  }

  /** Where and with what to watch or publish, fresh enough for an attempt. */
  async access(fresh = false): Promise<MediaAccess> {
    const left = this.#media ? Date.parse(this.#media.expiresAt) - Date.now() : 0;
    if (fresh || left < GRANT_MARGIN_MS) this.#take(await this.#join());
    if (!this.#media) throw new Problem('unknown', 0);
    this.#relays = this.#media.relays;
    return this.#media;
  }

  /** `move` is called when the relay is gone or about to go; answers how to stop that. */
  onmove(move: () => void): () => void {
    this.#movers.add(move);
    return () => this.#movers.delete(move);
  }

  /** Where and with what to watch a seat beside the host's, or to publish on it. */
  async seat(seat: Seat, how: 'whep' | 'whip', fresh = false): Promise<{ url: string; token: string }> {
    let media = await this.access(fresh);
    // The grant may be older than my seat.
    if (!seatOf(media, seat)[how]) media = await this.access(true);
    return { url: seatOf(media, seat)[how] ?? '', token: media.token };
  }

  /** Takes what the room, or the answer to an act of our own, says of somebody. */
  hear(member: StageMember): void {
    this.members = withMember(this.members, member);
  }

  /** Says `text`; it stands in the list at once and can be said again when it failed. */
  async say(text: string, id: string = uuid7()): Promise<void> {
    this.spokeAt = Date.now();
    const mine = { id, text, person: this.me, host: this.session?.hosting ?? false };
    this.lines = withLine(this.lines, { ...mine, at: nowText(), status: 'sending' });
    try {
      // The answer may be here before the sentences in front of it are heard: it moves no number.
      this.#line(await saySentence({ path: { session_id: this.id }, body: { id, text } }));
    } catch (reason) {
      this.lines = withStatus(this.lines, id, 'failed');
      throw reason;
    }
  }

  /** Takes a line that failed out of the list. */
  forget(id: string): void {
    this.lines = withoutLine(this.lines, id);
  }

  async #enter(): Promise<string> {
    const entry = await this.#join().catch(async (reason: unknown) => {
      const problem = reason as Problem;
      if (problem.name === 'room-not-open') await this.#look();
      else if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) {
        this.problem = problem;
        this.removed = problem.name === 'removed-from-room';
        this.stop();
      }
      throw reason;
    });
    this.#take(entry);
    return socketUrl(`/api/ws?ticket=${encodeURIComponent(entry.ticket)}&since=${this.#seq}`);
  }

  /** The door is still or again closed: shows what is behind it, and knocks again while it may open. */
  async #look(): Promise<void> {
    this.know(await liveSession({ path: { session_id: this.id } }));
    if (OVER.includes(this.session?.state ?? '')) this.stop();
  }

  #join(): Promise<Entry> {
    return joinLiveSession({ path: { session_id: this.id }, body: { device: device() } });
  }

  #take(entry: Entry): void {
    this.entered = true;
    this.session = entry.session;
    this.state = entry.state;
    this.viewers = entry.viewers;
    this.pinned = entry.pinned;
    this.chatOpen = entry.chatOpen;
    this.#media = entry.media;
    this.problem = undefined;
    if (this.#seq < 0) {
      this.attendedMs = entry.attendedMs;
      this.members = entry.stage;
      this.leading = entry.leading;
      this.cohosts = entry.cohosts;
      this.screen = entry.screen;
      entry.events.filter(({ type }) => type === 'message').forEach((event) => this.#line(event));
      this.#seq = entry.seq;
    }
  }

  #hear = (event: RoomEvent): void => {
    // Lasting events are numbered and come in order: one that comes by catch-up and live counts once.
    if (event.seq > 0) {
      if (event.seq <= this.#seq) return;
      this.#seq = event.seq;
    }
    const data = event.data as Record<string, unknown>;
    switch (event.type) {
      case 'message':
        this.#line(event);
        break;
      case 'state':
        this.state = event.data as RoomState;
        if (this.session)
          this.session = { ...this.session, state: this.state.state, onAir: this.state.onAir };
        break;
      case 'messageDeleted':
        this.lines = withoutLine(this.lines, String(data.id));
        if (this.pinned?.id === data.id) this.pinned = null;
        break;
      case 'pinned':
        this.pinned = data.id ? (this.lines.find(({ id }) => id === data.id) ?? this.#pin(data)) : null;
        break;
      case 'chat':
        this.chatOpen = Boolean(data.open);
        break;
      case 'viewers':
        this.viewers = Number(data.count);
        this.notReceiving = Number(data.notReceiving);
        break;
      case 'reactions':
        this.hearts += Number(data.count);
        break;
      case 'prompt':
        this.prompt = { id: String(data.id), until: Date.parse(event.at) + Number(data.seconds) * 1000 };
        break;
      case 'relayGone':
        if (this.#relays.includes(String(data.name))) this.#move();
        break;
      case 'stage':
        this.hear(event.data as StageMember);
        break;
      case 'muteAsked':
        if (data.person === this.me.id) this.muteAsked++;
        break;
      case 'cohost':
        this.#lead(String(data.person), Boolean(data.leads));
        break;
      case 'screen':
        this.screen = Boolean(data.on);
        break;
      case 'removed':
        if (data.person === this.me.id) this.#leave();
    }
  };

  #line(event: RoomEvent): void {
    this.lines = withLine(this.lines, { ...(event.data as ChatMessage), at: event.at, status: 'said' });
  }

  #lead(person: string, leads: boolean): void {
    this.cohosts = [...this.cohosts.filter((id) => id !== person), ...(leads ? [person] : [])];
    if (person === this.me.id && !this.session?.hosting) this.leading = leads;
  }

  #pin(data: Record<string, unknown>): ChatMessage {
    return {
      id: String(data.id),
      text: String(data.text),
      person: { id: '', name: '', unit: '' },
      host: true
    };
  }

  #move(): void {
    this.#media = undefined;
    this.#movers.forEach((move) => move());
  }

  #leave(): void {
    this.removed = true;
    this.stop();
  }
}
