import type { SeenRequest } from "../routing/seen-request.ts";

/** Milliseconds between notes: what is kept for long is dearer to the garbage collector than what is not. */
const EVERY = 10;

/**
 * The last requests that were seen, for trying drafts of the rules on. Under load only one in a while is noted: what a
 * preview needs is a picture of who is asking, not all of a second's requests.
 */
export class SeenRequests {
  /** What stand-ins of customers and keys are made with: another number in each process, so that nobody can look them up. */
  readonly secret: number;
  private readonly ring: (SeenRequest | undefined)[];
  private next = 0;
  private free = 0;

  /** @param size requests that are remembered. @param secret 32 bits. */
  constructor(size: number, secret: number) {
    this.ring = Array.from({ length: size });
    this.secret = secret;
  }

  /** Whether a request at `now` (milliseconds) shall be noted. */
  wants(now: number): boolean {
    if (now < this.free) return false;
    this.free = now + EVERY;
    return true;
  }

  note(request: SeenRequest): void {
    this.ring[this.next] = request;
    this.next = (this.next + 1) % this.ring.length;
  }

  all(): SeenRequest[] {
    return this.ring.filter((request) => request !== undefined);
  }
}
