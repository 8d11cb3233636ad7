/** A short line at the foot of the screen; `undo` offers to take the act back. */
export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'good' | 'bad';
  undo?: () => void;
}

const SHOWN_MS = 5000;
let next = 0;
let shown = $state.raw<Toast[]>([]);

export const toasts = {
  get shown(): readonly Toast[] {
    return shown;
  },
  drop(id: number): void {
    shown = shown.filter((toast) => toast.id !== id);
  }
};

export function toast(
  text: string,
  { tone = 'plain', undo }: Partial<Omit<Toast, 'id' | 'text'>> = {}
): void {
  const id = next++;
  shown = [...shown.slice(-1), { id, text, tone, undo }];
  setTimeout(() => toasts.drop(id), undo ? 2 * SHOWN_MS : SHOWN_MS);
}
