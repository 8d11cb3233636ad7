import type { PointLine, RuleVersion } from '#lib/api/index.ts';
import { formatDate, formatNumber } from '#lib/i18n/format.ts';
import { lookUp, t } from '#lib/i18n/index.svelte.ts';

/** What an entry is for, in a few words. */
export function verbText(verb: string): string {
  return lookUp('points', `verb_${verb}`) ?? t('points.verb_other');
}

/** “+10”, “−8” with a real minus. */
export function signed(amount: number): string {
  return formatNumber(amount, { signDisplay: 'exceptZero' });
}

/** What happened, as a sentence. */
export function becauseText(entry: PointLine, zone: string): string {
  const when = formatDate(entry.at, { dateStyle: 'long', timeStyle: 'short', timeZone: zone });
  const values = { when, subject: entry.subject };
  switch (entry.verb) {
    case 'checked-in':
      return t('points.because_checked-in', { when });
    case 'completed':
      return t('points.because_completed', values);
    case 'attended':
      return t('points.because_attended', values);
    case 'taught':
      return t('points.because_taught', values);
    default:
      return t('points.because_other', values);
  }
}

/** What the rule pays, as a sentence. */
export function ruleText(rule: RuleVersion): string {
  const pays = t(`points.per_${rule.per}`, { n: rule.amount });
  const caps = [
    rule.dayCap !== null && t('points.dayCap', { n: rule.dayCap }),
    rule.weekCap !== null && t('points.weekCap', { n: rule.weekCap })
  ].filter((text) => text !== false);
  return [pays, ...(caps.length ? caps : [t('points.noCap')])].join(' · ');
}
