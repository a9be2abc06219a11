/** Exit codes, for scripts. */
export const EXIT = { done: 0, bad: 1, usage: 2 } as const;
