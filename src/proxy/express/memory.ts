/** What is read at a time of small messages. */
export const READ_SIZE = 64 * 1024;
/** Room for one request. */
export const PLACE_SIZE = 16 * 1024;
const PLACES = 1024;
const BLOCK_SIZE = 64 * 1024;
const BLOCK_START = READ_SIZE + PLACES * PLACE_SIZE;

/**
 * One memory for everything small: what has just been read lies at its beginning, then come places for requests that are in hand,
 * and at its end what is about to be written. What is copied inside one buffer needs no view of it, which costs more than
 * copying does and is garbage at once. Only those parts of it are there that were ever used.
 */
export const MEMORY = Buffer.allocUnsafeSlow(BLOCK_START + BLOCK_SIZE);

/** All plain connections read into its beginning. */
export const READ_BUFFER = MEMORY.subarray(0, READ_SIZE);

/** Whether what lies at `start` of `bytes` is overwritten by the next read. */
export function isFleeting(bytes: Buffer, start: number): boolean {
  return bytes === MEMORY && start < READ_SIZE;
}

/** Places that were used and are free; the one given back last is the warmest. */
const freePlaces: number[] = [];
let placesBegun = 0;

/** Where in `MEMORY` a request can be kept; undefined: all places are taken. To be given back. */
export function takePlace(): number | undefined {
  const free = freePlaces.pop();
  if (free !== undefined || placesBegun === PLACES) return free;
  return READ_SIZE + PLACE_SIZE * placesBegun++;
}

export function giveBackPlace(place: number): void {
  freePlaces.push(place);
}

/** Memory to write in, from `start` to the end of `bytes`. */
export interface Block {
  readonly bytes: Buffer;
  readonly start: number;
}

let isClaimed = false;

/** The end of `MEMORY` for who asks first, and a block apart for everybody else. */
export function claimBlock(): Block {
  if (isClaimed) return blockOf(BLOCK_SIZE);
  isClaimed = true;
  return { bytes: MEMORY, start: BLOCK_START };
}

/** A block of `size` bytes. */
export function blockOf(size: number): Block {
  return { bytes: Buffer.allocUnsafeSlow(size), start: 0 };
}
