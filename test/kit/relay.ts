import { connect } from "node:net";
import { startRaw, type Upstream } from "./upstream.ts";

/** Passes bytes on to a port of 127.0.0.1 and back. */
export interface Relay extends Upstream {
  /** Milliseconds for which it keeps what it passes on. */
  delay: number;
}

export async function startRelay(port: number): Promise<Relay> {
  const setting = { delay: 0 };
  const upstream = await startRaw((socket) => {
    const other = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [socket, other],
      [other, socket],
    ] as const) {
      from.on("data", (bytes) => {
        if (setting.delay === 0) to.write(bytes);
        else setTimeout(() => to.write(bytes), setting.delay);
      });
      from.on("error", () => {});
      from.on("close", () => to.destroy());
    }
  });
  return Object.assign(setting, upstream);
}
