import { z } from "zod";

/** Something that one process asks of another: its name, what is sent, and what is answered. */
export interface Call<Asked, Answered> {
  readonly name: string;
  readonly asks: z.ZodType<Asked>;
  readonly answers: z.ZodType<Answered>;
}

/** The far end of a channel between two processes. */
export interface Channel {
  /** `sent` is told an error when the other process cannot be reached. */
  send(message: object, sent: (error: Error | null) => void): void;
}

const Message = z.union([
  z.object({ call: z.string(), id: z.int().optional(), about: z.unknown() }),
  z.object({ answer: z.int(), value: z.unknown() }),
  z.object({ answer: z.int(), failed: z.string() }),
]);

interface Waiting {
  answered(value: unknown): void;
  failed(error: Error): void;
}

type Answering = (about: unknown) => unknown;

/**
 * Questions and answers between two processes, in the order in which they are put. What comes in is parsed by what the call
 * says; what cannot be parsed is answered with a failure, as is a question that nobody here answers.
 */
export class Port {
  readonly #channel: Channel;
  readonly #troubled: (why: string) => void;
  readonly #answering = new Map<string, Answering>();
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #closed: Error | undefined;

  /** @param troubled is told what has become of something that was said and not asked, when that has failed. */
  constructor(channel: Channel, troubled: (why: string) => void) {
    this.#channel = channel;
    this.#troubled = troubled;
  }

  /** Answers such questions from now on. */
  answer<Asked, Answered>(call: Call<Asked, Answered>, answer: (about: Asked) => Answered | Promise<Answered>): void {
    this.#answering.set(call.name, (about) => answer(call.asks.parse(about)));
  }

  /** Rejects when the other process ends, or says why it cannot. */
  ask<Asked, Answered>({ name, answers }: Call<Asked, Answered>, about: Asked): Promise<Answered> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) return reject(this.#closed);
      const id = this.#next++;
      this.#waiting.set(id, {
        answered: (value) => {
          const parsed = answers.safeParse(value);
          if (parsed.success) resolve(parsed.data);
          else reject(parsed.error);
        },
        failed: reject,
      });
      this.#send({ call: name, id, about });
    });
  }

  /** Says something that needs no answer. */
  tell<Asked>({ name }: Call<Asked, void>, about: Asked): void {
    if (this.#closed === undefined) this.#send({ call: name, about });
  }

  /** A message has come. */
  take(received: unknown): void {
    const message = Message.parse(received);
    if ("call" in message) return void this.#reply(message);
    const waiting = this.#waiting.get(message.answer);
    this.#waiting.delete(message.answer);
    if ("failed" in message) waiting?.failed(new Error(message.failed));
    else waiting?.answered(message.value);
  }

  /** The other process has ended: whoever waits for it is told so. */
  close(why: string): void {
    this.#closed ??= new Error(why);
    for (const { failed } of this.#waiting.values()) failed(this.#closed);
    this.#waiting.clear();
  }

  async #reply({ call, id, about }: { call: string; id?: number | undefined; about: unknown }): Promise<void> {
    try {
      const answering = this.#answering.get(call);
      if (answering === undefined) throw new Error(`nobody here answers "${call}"`);
      const answered = answering(about);
      // What is answered at once is so in the same turn: whoever acknowledges a cut does not wait for anything else.
      const value = answered instanceof Promise ? await answered : answered;
      if (id !== undefined) this.#send({ answer: id, value });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (id === undefined) this.#troubled(`${call}: ${why}`);
      else this.#send({ answer: id, failed: why });
    }
  }

  #send(message: object): void {
    this.#channel.send(message, (error) => {
      if (error !== null) this.close(error.message);
    });
  }
}
