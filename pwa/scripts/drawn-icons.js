/**
 * Draws Lucide's icons when the app is built. Their component puts each line together in the browser, element by element
 * and attribute by attribute: a fifth of a phone's time to the home screen. So every icon becomes a template of its own.
 */
const ICON = /@lucide\/svelte\/dist\/icons\/[^/]+\.svelte$/;
const DATA = /const iconData = (\{.*\});/;

/** @returns {import('vite').Plugin} */
export const drawnIcons = () => ({
  name: 'drawn-icons',
  enforce: 'pre',
  transform(code, id) {
    if (!ICON.test(id)) return null;
    const data = DATA.exec(code)?.[1];
    if (!data) throw new Error(`${id}: Lucide writes its icons in another way now`);
    return { code: component(JSON.parse(data)), map: null };
  }
});

/** @param {{ node: [string, Record<string, string>][] }} icon */
function component({ node }) {
  const lines = node.map(([tag, attributes]) => {
    const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${value}"`);
    return `<${tag}${written.join('')} />`;
  });
  return `<script>let { size = 24, strokeWidth = 2, ...rest } = $props();</script>
<svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width={strokeWidth}
  stroke-linecap="round" stroke-linejoin="round" {...rest}>${lines.join('')}</svg>`;
}
