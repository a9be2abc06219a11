/** Tells whoever listens that something has changed. Who begins to listen later has missed nothing: it looks by itself then. */
export class Signal {
  readonly #listeners: (() => void)[] = [];

  listen(listener: () => void): void {
    this.#listeners.push(listener);
  }

  readonly tell = (): void => {
    for (const listener of this.#listeners) listener();
  };
}
