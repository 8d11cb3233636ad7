import type { Channel, Draft } from '#lib/api/index.ts';

export type State = 'draft' | 'published' | 'changed' | 'archived';
export type Filter = 'all' | 'drafts' | 'published' | 'archived';
export type Shelf = { channel: Channel; drafts: Draft[] };

export function stateOf({ archived, version, changed }: Draft): State {
  if (archived) return 'archived';
  if (version === null) return 'draft';
  return changed ? 'changed' : 'published';
}

const SHOWN: Record<Filter, readonly State[]> = {
  all: ['draft', 'changed', 'published'],
  drafts: ['draft', 'changed'],
  published: ['published', 'changed'],
  archived: ['archived']
};

/** The lessons by channel, the last saved first; a channel without any has its place as well. */
export function shelves(channels: readonly Channel[], drafts: readonly Draft[], filter: Filter): Shelf[] {
  const shown = drafts.filter((draft) => SHOWN[filter].includes(stateOf(draft)));
  return channels.map((channel) => ({
    channel,
    drafts: shown.filter((draft) => draft.channel === channel.id)
  }));
}
