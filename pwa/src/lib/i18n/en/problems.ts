import type { Translation } from '../catalogue.ts';
import type { problems as zh } from '../zh/problems.ts';

export const problems: Translation<typeof zh> = {
  unknown: 'Something went wrong. Please try again.',
  unreachable: 'The server cannot be reached. Check your network.',
  unavailable: 'The server is busy. Please try again shortly.',
  unauthenticated: 'Please log in again.',
  forbidden: 'You are not allowed to do this.',
  'not-found': 'Not found, or not open to you.',
  conflict: 'It was changed elsewhere. Refresh and try again.',
  'trace-conflict': 'This act was already recorded with other content.',
  'cross-site-request': 'The request came from another site and was refused.',
  invalid: 'Something in the form is not right. Please check.',
  'too-large': 'The file is too large.',
  'too-many': 'Too many tries. Please wait a moment.'
};
