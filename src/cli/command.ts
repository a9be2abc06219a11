/** What a command does with its arguments; resolves to its exit code. */
export type Run = (args: string[]) => Promise<number>;

export interface Command {
  /** With all its options: the shell completes by them. */
  readonly usage: string;
  readonly about: string;
  /** Only the command that is asked for is loaded. */
  load(): Promise<Run>;
}

export type Commands = Readonly<Record<string, Command>>;
