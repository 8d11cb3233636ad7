import ArrowUpDown from '@lucide/svelte/icons/arrow-up-down';
import CircleDot from '@lucide/svelte/icons/circle-dot';
import FlipHorizontal from '@lucide/svelte/icons/flip-horizontal-2';
import Image from '@lucide/svelte/icons/image';
import ListChecks from '@lucide/svelte/icons/list-checks';
import Scale from '@lucide/svelte/icons/scale';
import SquarePlay from '@lucide/svelte/icons/square-play';
import TextInitial from '@lucide/svelte/icons/text-initial';
import { t, type PlainKey } from '#lib/i18n/index.svelte.ts';
import type { Card } from '#lib/lesson/quiz.ts';

/** What an author can add; the three kinds of choice are one kind of card. */
export interface Template {
  name: 'text' | 'image' | 'video' | 'single' | 'multi' | 'truth' | 'order' | 'reveal';
  label: PlainKey;
  Icon: typeof Image;
  blank: (id: string) => Card;
}

export const templates: readonly Template[] = [
  {
    name: 'text',
    label: 'studio.kindText',
    Icon: TextInitial,
    blank: (id) => ({ kind: 'text', id, title: '', markdown: '', html: '' })
  },
  {
    name: 'image',
    label: 'studio.kindImage',
    Icon: Image,
    blank: (id) => ({ kind: 'image', id, file: null, url: '', alt: '', caption: '' })
  },
  {
    name: 'video',
    label: 'studio.kindVideo',
    Icon: SquarePlay,
    blank: (id) => ({ kind: 'video', id, file: null, url: '', caption: '' })
  },
  {
    name: 'single',
    label: 'studio.kindSingle',
    Icon: CircleDot,
    blank: (id) => choice(id, ['', ''], false)
  },
  {
    name: 'multi',
    label: 'studio.kindMulti',
    Icon: ListChecks,
    blank: (id) => choice(id, ['', '', ''], true)
  },
  {
    name: 'truth',
    label: 'studio.kindTruth',
    Icon: Scale,
    blank: (id) => choice(id, [t('studio.true'), t('studio.false')], false)
  },
  {
    name: 'order',
    label: 'studio.kindOrder',
    Icon: ArrowUpDown,
    blank: (id) => ({ kind: 'order', id, question: '', items: ['', '', ''], explanation: '' })
  },
  {
    name: 'reveal',
    label: 'studio.kindReveal',
    Icon: FlipHorizontal,
    blank: (id) => ({ kind: 'reveal', id, front: '', back: '' })
  }
];

function choice(id: string, options: string[], multiple: boolean): Card {
  return { kind: 'choice', id, question: '', multiple, options, right: [], explanation: '' };
}

/** The template that a card looks like in the list. */
export function templateOf(card: Card): Template {
  const name = card.kind === 'choice' ? (card.multiple ? 'multi' : 'single') : card.kind;
  return templates.find((each) => each.name === name) as Template;
}

/** The words by which an author knows a card again. */
export function gist(card: Card): string {
  switch (card.kind) {
    case 'text':
      return (
        card.title ||
        (card.markdown ?? '')
          .replace(/[#>*_`-]/g, '')
          .trim()
          .slice(0, 60)
      );
    case 'image':
      return card.caption || card.alt || '';
    case 'video':
      return card.caption ?? '';
    case 'reveal':
      return card.front ?? '';
    default:
      return card.question ?? '';
  }
}
