export type Theme = 'system' | 'light' | 'dark';

const STORED = 'wake.theme';
let chosen = $state<Theme>('system');

export const theme = {
  get chosen(): Theme {
    return chosen;
  },
  set chosen(next: Theme) {
    chosen = next;
    localStorage.setItem(STORED, next);
    apply();
  }
};

/** Takes over from the boot script of app.html, which set the theme before the first paint. */
export function watchTheme(): () => void {
  const stored = localStorage.getItem(STORED);
  chosen = stored === 'light' || stored === 'dark' ? stored : 'system';
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', apply);
  return () => system.removeEventListener('change', apply);
}

function apply(): void {
  const dark =
    chosen === 'dark' || (chosen === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  const bar = document.querySelector('meta[name=theme-color]');
  bar?.setAttribute('content', dark ? '#0e1016' : '#f5f6fb');
}
