/** A catalogue in another language: the same keys, other sentences. */
export type Translation<Source> = { [Key in keyof Source]: string };

type Names<Text extends string> = Text extends `${string}{${infer Inside}}${infer Rest}`
  ? NameIn<Inside> | Names<Rest>
  : never;
type NameIn<Inside extends string> = Inside extends `${infer Name}|${string}` ? Name : Inside;

/** The values a sentence asks for: `'{n} 天'` asks for `n`. */
export type Values<Text extends string> = { [Name in Names<Text>]: string | number };

/**
 * Fills a sentence. `{n}` is replaced by the value; `{n|day|days}` by the form that the language's
 * plural rule asks for (one, other).
 */
export function fill(
  text: string,
  values: Record<string, string | number>,
  plural: Intl.PluralRules
): string {
  return text.replace(
    /\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g,
    (_, name: string, one?: string, other?: string) => {
      const value = values[name] ?? '';
      if (one === undefined) return String(value);
      return plural.select(Number(value)) === 'one' ? one : (other ?? one);
    }
  );
}

/** The names of the values in a sentence, each once, sorted. */
export function namesIn(text: string): string[] {
  return [...new Set([...text.matchAll(/\{(\w+)/g)].map(([, name]) => name ?? ''))].sort();
}
