import { fileURLToPath } from 'node:url';
import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { drawnIcons } from './scripts/drawn-icons.js';
import pkg from './package.json' with { type: 'json' };

/** The backend that `npm run dev` talks to; `make run` serves the built app itself. */
const backend = process.env.WAKE_BACKEND ?? 'http://127.0.0.1:8000';

/** What the first screen runs. */
const FRAME = new RegExp(
  [
    'node_modules/(svelte/|idb)',
    'node_modules/@lucide/svelte/dist/icons/(check|chevron-right|cloud-upload|flame|presentation)\\.',
    'src/lib/(home|points)/(?!Celebration|QuestionSheet|Reason)',
    'src/lib/(api|breathe|hints|ids|nav|backoff|outbox|state/(?!change-me))',
    'src/lib/i18n/(index|format|problems|catalogue|zh/(index|common|home))',
    'src/lib/ui/(Avatar|Badge|Button|Card|CountUp|Empty|ErrorState|IconButton|Loaded|Mark|OfflineBanner|Page|ProgressBar|SideNav|Skeleton|TabBar|Toasts|TopBar|UpdatePrompt)\\b'
  ].join('|')
);

/** Puts our client under the generated functions, see lean-client.ts. */
const leanClient: Plugin = {
  name: 'lean-client',
  enforce: 'pre',
  resolveId(source, importer) {
    const wanted = source === './client/index.ts' && importer?.endsWith('generated/client.gen.ts');
    return wanted ? fileURLToPath(new URL('src/lib/api/lean-client.ts', import.meta.url)) : null;
  }
};

export default defineConfig({
  define: { WAKE_VERSION: JSON.stringify(pkg.version) },
  plugins: [
    leanClient,
    drawnIcons(),
    tailwindcss(),
    sveltekit({
      adapter: adapter({ fallback: '200.html', precompress: true }),
      serviceWorker: { register: false }
    })
  ],
  environments: {
    client: {
      build: {
        rolldownOptions: {
          output: {
            // What every screen needs in one file: thirty small ones compress badly and cost a request each.
            codeSplitting: {
              groups: [
                { name: 'frame', test: FRAME },
                // Kit's start fills its payload before it loads the rest: in the frame it would be read too early.
                { name: 'start', test: /kit\/src\/runtime\/client\/payload|preload-helper/, priority: 1 }
              ]
            }
          }
        }
      }
    }
  },
  server: { proxy: { '/api': { target: backend, ws: true } } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' }
});
