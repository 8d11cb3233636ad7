import type { Translation } from '../catalogue.ts';
import type { learn as zh } from '../zh/learn.ts';

export const learn: Translation<typeof zh> = {};
