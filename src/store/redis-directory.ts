import { z } from "zod";
import type { Directory, DirectoryAnswers, KeyOwner } from "./directory.ts";
import { openRedis, type RedisAt } from "./open-redis.ts";

/** ARGV: digests. Their owners' ids and types, one after the other. */
const OWNERS_SCRIPT = `
local found = {}
for i, digest in ipairs(ARGV) do
  local customer = redis.call('HGET', KEYS[1], digest)
  found[2 * i - 1] = customer
  found[2 * i] = customer and redis.call('HGET', KEYS[2], customer)
end
return found`;

/** ARGV: ids. */
const TYPES_SCRIPT = "return redis.call('HMGET', KEYS[2], unpack(ARGV))";

/**
 * The hashes `{canary}:apikeys` (SHA-256 of a key → customer) and `{canary}:customers` (customer → type). It has a connection
 * of its own, so that no look-up waits behind a large text, and only when somebody asks.
 */
export function redisDirectory(options: RedisAt): Directory {
  let opened: ReturnType<typeof openRedis> | undefined;

  const ask = async (script: string, args: readonly Buffer[]): Promise<DirectoryAnswers<string>> => {
    try {
      opened ??= openRedis(options);
      const { redis, key } = opened;
      return { kind: "found", values: Values.parse(await redis.run(script, [key("apikeys"), key("customers")], args)) };
    } catch (error) {
      return { kind: "unavailable", why: error instanceof Error ? error.message : String(error) };
    }
  };

  return {
    async owners(digests) {
      const answers = await ask(OWNERS_SCRIPT, digests.map(bytesOf));
      if (answers.kind !== "found") return answers;
      const { values } = answers;
      return { kind: "found", values: digests.map((_, i) => ownerOf(values[2 * i], values[2 * i + 1])) };
    },
    types: (customers) => ask(TYPES_SCRIPT, customers.map(bytesOf)),
    close() {
      opened?.redis.close();
    },
  };
}

/** What is empty is not written. */
const Values = z.array(
  z
    .instanceof(Buffer)
    .nullable()
    .transform((bytes) => bytes?.toString("latin1") || undefined),
);

function bytesOf(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

function ownerOf(customer: string | undefined, type: string | undefined): KeyOwner | undefined {
  return customer === undefined ? undefined : { customer, type };
}
