/** Chromium's event (not in the standard yet) by which an app may be put on the home screen. */
interface InstallPrompt extends Event {
  prompt(): Promise<void>;
}

let prompt = $state.raw<InstallPrompt>();
let sheet = $state(false);
let dismissed = $state(false);
const STORED = 'wake.install-dismissed';

export const install = {
  /** How this browser installs the app: by asking it, by the share sheet (iOS), or not at all. */
  get way(): 'ask' | 'sheet' | undefined {
    return prompt ? 'ask' : sheet ? 'sheet' : undefined;
  },
  get dismissed(): boolean {
    return dismissed;
  },
  dismiss(): void {
    dismissed = true;
    localStorage.setItem(STORED, 'yes');
  },
  async ask(): Promise<void> {
    await prompt?.prompt();
    prompt = undefined;
  }
};

export function watchInstall(): () => void {
  dismissed = localStorage.getItem(STORED) !== null;
  const installed = matchMedia('(display-mode: standalone)').matches;
  // An iPad calls itself a Mac, but no Mac has a touch screen.
  const ios =
    /iPhone|iPad/.test(navigator.userAgent) ||
    (/Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
  sheet = ios && !installed;
  const offered = (event: Event) => {
    event.preventDefault();
    prompt = event as InstallPrompt;
  };
  addEventListener('beforeinstallprompt', offered);
  return () => removeEventListener('beforeinstallprompt', offered);
}
