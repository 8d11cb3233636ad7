import type { Translation } from '../catalogue.ts';
import type { admin as zh } from '../zh/admin.ts';

export const admin: Translation<typeof zh> = {};
