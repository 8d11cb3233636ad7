/**
 * Checks the build against the budget of what a phone loads (KB gzip): the first load (every script that
 * 200.html and the home screen pull in), styles, each other route, the service worker.
 */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { client, first, loads, nodes, route } from './manifest.js';

const LIMITS = { 'first JS': 70, 'first CSS': 15, 'largest route': 40, 'service worker': 15 };

const size = (file) => gzipSync(readFileSync(file)).length / 1024;
const sum = (files) => [...files].reduce((total, file) => total + size(`${client}/${file}`), 0);

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
