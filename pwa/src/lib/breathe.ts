/** Lets the browser paint and listen before more work comes: on a slow phone a long task is a tap that nobody answers. */
export const breathe = (): Promise<void> => new Promise((go) => setTimeout(go));
