import { type LookupAddress, lookup } from "node:dns";
import type { LookupFunction } from "node:net";

/** How long an answer of the resolver is used before it is asked again, in milliseconds. */
const FRESH = 5_000;

export type Resolve = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A resolver for `net.connect` that remembers answers for a few seconds, hands out all addresses of a name in turn (so that
 * each gets its part of the connections), and keeps the last good answer while the resolver fails. A resolver that hangs
 * holds up one connection at a time, not all.
 */
export function rememberingLookup(now: () => number, resolve: Resolve = lookup): LookupFunction {
  const known = new Map<string, { addresses: LookupAddress[]; at: number; turn: number; asking: boolean }>();
  return (hostname, options, callback) => {
    const answer = (addresses: LookupAddress[], turn: number): void => {
      const rotated = [...addresses.slice(turn), ...addresses.slice(0, turn)];
      const first = rotated[0];
      if (options.all === true || first === undefined) callback(null, rotated);
      else callback(null, first.address, first.family);
    };
    const entry = known.get(hostname);
    if (entry !== undefined && (entry.asking || now() - entry.at < FRESH)) {
      entry.turn = (entry.turn + 1) % entry.addresses.length;
      answer(entry.addresses, entry.turn);
      return;
    }
    if (entry !== undefined) entry.asking = true;
    resolve(hostname, { all: true }, (error, addresses) => {
      if (error === null && addresses.length > 0) {
        known.set(hostname, { addresses, at: now(), turn: 0, asking: false });
        answer(addresses, 0);
      } else if (entry !== undefined) {
        entry.asking = false;
        entry.at = now();
        answer(entry.addresses, entry.turn);
      } else callback(error ?? new Error(`${hostname} has no address`), []);
    });
  };
}

/** A resolver that forgets addresses which nobody may be sent to, whatever name has them. */
export function onlyAllowed(allows: (address: string) => boolean, resolve: Resolve = lookup): Resolve {
  return (hostname, options, callback) => {
    resolve(hostname, options, (error, addresses) => {
      const allowed = addresses?.filter(({ address }) => allows(address)) ?? [];
      const none = error === null && allowed.length === 0;
      callback(none ? new Error(`${hostname} has no address that the router may send to`) : error, allowed);
    });
  };
}
