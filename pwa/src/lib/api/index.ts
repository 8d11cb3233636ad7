export { whenLoggedOut, wakeFetch } from './client.ts';
export { Problem, problemIn } from './problem.ts';
export * from './generated/sdk.gen.ts';
export type * from './generated/types.gen.ts';
