/**
 * Lets a phone see the home screen two round trips sooner: 200.html names all of its scripts (the framework would find
 * them one after the other) and brings the styles along. The links to them stay, for the framework looks for them, but
 * hold nothing up: they apply to no medium.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { client, first } from './manifest.js';

const page = 'build/200.html';
let html = readFileSync(page, 'utf8');

for (const file of first.css) {
  const link = `<link href="/${file}" rel="stylesheet">`;
  if (!html.includes(link)) throw new Error(`200.html does not link ${file}`);
  const later = link.replace('>', ' media="not all">');
  html = html.replace(link, () => `<style>${readFileSync(`${client}/${file}`, 'utf8')}</style>\n${later}`);
}
const missing = [...first.js].filter((file) => !html.includes(file));
const links = missing.map((file) => `<link href="/${file}" rel="modulepreload">`);
html = html.replace('</head>', () => `${links.join('\n')}\n</head>`);

writeFileSync(page, html);
writeFileSync(`${page}.gz`, gzipSync(html));
writeFileSync(`${page}.br`, brotliCompressSync(html));
