/**
 * Checks the build against the budget of what a phone loads (KB gzip): the first load (every script that
 * 200.html and the home screen pull in), styles, each other route, the service worker.
 */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMITS = { 'first JS': 70, 'first CSS': 15, 'largest route': 40, 'service worker': 15 };
const FIRST = ['+layout', '(in)/+layout', '(in)/(shell)/+layout', '(in)/(shell)/+page'];

const client = '.svelte-kit/output/client';
const manifest = JSON.parse(readFileSync(`${client}/.vite/manifest.json`, 'utf8'));
const size = (file) => gzipSync(readFileSync(file)).length / 1024;
const sum = (files) => [...files].reduce((total, file) => total + size(`${client}/${file}`), 0);

/** Scripts and styles that a chunk pulls in before it can run. */
function loads(key, found = { js: new Set(), css: new Set() }) {
  const { file, css = [], imports = [] } = manifest[key];
  if (found.js.has(file)) return found;
  found.js.add(file);
  css.forEach((each) => found.css.add(each));
  imports.forEach((each) => loads(each, found));
  return found;
}

const nodes = Object.keys(manifest).filter((key) => /\/nodes\/\d+\.js$/.test(key));
const route = (key) => readFileSync(key, 'utf8').match(/src\/routes\/(.*)\.svelte/)?.[1];
const start = Object.keys(manifest).filter((key) => manifest[key].isEntry && !nodes.includes(key));
const shell = nodes.filter((key) => FIRST.includes(route(key)));

const first = { js: new Set(), css: new Set() };
for (const key of [...start, ...shell]) loads(key, first);
const routes = nodes.map((key) => {
  const { js } = loads(key);
  return { key, kb: sum(new Set([...js].filter((file) => !first.js.has(file)))) };
});
const largest = routes.sort((a, b) => b.kb - a.kb)[0];

const measured = {
  'first JS': sum(first.js),
  'first CSS': sum(first.css),
  'largest route': largest.kb,
  'service worker': size('build/service-worker.js')
};
for (const [name, limit] of Object.entries(LIMITS)) {
  const over = measured[name] > limit;
  console.log(
    `${over ? 'OVER ' : 'ok   '} ${name.padEnd(15)} ${measured[name].toFixed(1).padStart(6)} KB of ${limit}`
  );
  if (over) process.exitCode = 1;
}
console.log(`      largest route: ${route(largest.key)}`);
