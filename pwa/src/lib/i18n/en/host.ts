import type { Translation } from '../catalogue.ts';
import type { host as zh } from '../zh/host.ts';

export const host: Translation<typeof zh> = {};
