/** Markdown as the server will render it, for the author's preview only: phones never load this. */
const TAGS = [
  ...['p', 'br', 'hr', 'strong', 'em', 's', 'del', 'code', 'pre', 'blockquote', 'a', 'ul', 'ol', 'li'],
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td']
];
const ESCAPED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

async function load(): Promise<(markdown: string) => string> {
  const [{ Marked }, { default: purify }] = await Promise.all([import('marked'), import('dompurify')]);
  const marked = new Marked({
    renderer: { html: ({ text }) => text.replace(/[&<>]/g, (letter) => ESCAPED[letter] ?? '') }
  });
  return (markdown) =>
    purify.sanitize(marked.parse(markdown, { async: false }), {
      ALLOWED_TAGS: TAGS,
      ALLOWED_ATTR: ['href', 'start']
    });
}

let loaded: ReturnType<typeof load> | undefined;

export async function rendered(markdown: string): Promise<string> {
  loaded ??= load();
  return (await loaded)(markdown);
}
