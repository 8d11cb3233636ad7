/** Markdown marks set by buttons: on the selection, or taken off it again. Pure. */
export interface Selection {
  text: string;
  start: number;
  end: number;
}

/** Puts `mark` around the selection (`**bold**`), or takes it away where it is. */
export function around({ text, start, end }: Selection, mark: string): Selection {
  const inner = text.slice(start, end);
  const before = text.slice(0, start);
  const after = text.slice(end);
  if (before.endsWith(mark) && after.startsWith(mark)) {
    const length = mark.length;
    return {
      text: before.slice(0, -length) + inner + after.slice(length),
      start: start - length,
      end: end - length
    };
  }
  return { text: before + mark + inner + mark + after, start: start + mark.length, end: end + mark.length };
}

/** Begins each selected line with `mark` (`- `, `> `; `1. ` counts), or takes it away when all have it. */
export function before({ text, start, end }: Selection, mark: string): Selection {
  const first = text.lastIndexOf('\n', start - 1) + 1;
  const stop = text.indexOf('\n', end);
  const last = stop < 0 ? text.length : stop;
  const lines = text.slice(first, last).split('\n');
  const pattern = mark === '1. ' ? /^\d+\. / : { test: (line: string) => line.startsWith(mark) };
  const off = lines.every((line) => pattern.test(line));
  const next = lines.map((line, n) => {
    if (off) return mark === '1. ' ? line.replace(/^\d+\. /, '') : line.slice(mark.length);
    return (mark === '1. ' ? `${n + 1}. ` : mark) + line;
  });
  const block = next.join('\n');
  return { text: text.slice(0, first) + block + text.slice(last), start: first, end: first + block.length };
}
