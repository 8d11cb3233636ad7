import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vitest/config';
import pkg from './package.json' with { type: 'json' };

/** The backend that `npm run dev` talks to; `make run` serves the built app itself. */
const backend = process.env.WAKE_BACKEND ?? 'http://127.0.0.1:8000';

export default defineConfig({
  define: { WAKE_VERSION: JSON.stringify(pkg.version) },
  plugins: [
    tailwindcss(),
    sveltekit({
      adapter: adapter({ fallback: '200.html', precompress: true }),
      serviceWorker: { register: false }
    })
  ],
  server: { proxy: { '/api': { target: backend, ws: true } } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' }
});
