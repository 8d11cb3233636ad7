/** What Vite built: which files a screen pulls in before it can run. */
import { readFileSync } from 'node:fs';

export const client = '.svelte-kit/output/client';
const manifest = JSON.parse(readFileSync(`${client}/.vite/manifest.json`, 'utf8'));

const FIRST = ['+layout', '(in)/+layout', '(in)/(shell)/+layout', '(in)/(shell)/+page'];

/** Scripts and styles that a chunk pulls in before it can run. */
export function loads(key, found = { js: new Set(), css: new Set() }) {
  const { file, css = [], imports = [] } = manifest[key];
  if (found.js.has(file)) return found;
  found.js.add(file);
  css.forEach((each) => found.css.add(each));
  imports.forEach((each) => loads(each, found));
  return found;
}

export const route = (key) => readFileSync(key, 'utf8').match(/src\/routes\/(.*)\.svelte/)?.[1];

/** The chunks of the screens, and what the home screen needs to be seen. */
export const nodes = Object.keys(manifest).filter((key) => /\/nodes\/\d+\.js$/.test(key));
const start = Object.keys(manifest).filter((key) => manifest[key].isEntry && !nodes.includes(key));
const shell = nodes.filter((key) => FIRST.includes(route(key)));
export const first = { js: new Set(), css: new Set() };
for (const key of [...start, ...shell]) loads(key, first);
