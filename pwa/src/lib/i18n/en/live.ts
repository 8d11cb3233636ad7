import type { Translation } from '../catalogue.ts';
import type { live as zh } from '../zh/live.ts';

export const live: Translation<typeof zh> = {};
