/** Exit codes, for scripts. `waits`: nothing has changed yet, since it takes a second person. */
export const EXIT = { done: 0, bad: 1, usage: 2, unreachable: 3, waits: 4 } as const;

/** Ends a command: what to say on stderr, and with which code. */
export class Stop extends Error {
  readonly code: number;
  /** For `--json`, where there is more to tell than the message. */
  readonly details: object;

  constructor(code: number, message: string, details: object = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}
