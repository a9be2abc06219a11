import { once } from "node:events";
import { Socket } from "node:net";
import { expect, it } from "vitest";
import { breakOff } from "../../src/proxy/break-off.ts";
import { until } from "../kit/until.ts";
import { startRaw } from "../kit/upstream.ts";
import { rawClient, using } from "./lane-fixture.ts";

/** A connection, by its end that is to be broken off. */
async function connection(): Promise<Socket> {
  let accepted: Socket | undefined;
  const upstream = await using(
    startRaw((socket) => {
      accepted = socket;
    }),
  );
  rawClient(upstream.port, "hello");
  await until("it is accepted", () => accepted !== undefined);
  return accepted ?? new Socket();
}

it("closes a connection also in the moment in which it ends", async () => {
  const socket = await connection();
  const errors: unknown[] = [];
  socket.on("error", (error) => errors.push(error));
  const closed = once(socket, "close");
  socket.end("the end");
  breakOff(socket);
  await closed;
  expect(errors).toEqual([]);
});
