import { connect, type Socket } from "node:net";
import { startRaw, type Upstream } from "./upstream.ts";

/** Passes bytes on to a port of 127.0.0.1 and back, in their order. */
export interface Relay extends Upstream {
  /** Milliseconds for which it keeps what it passes on. */
  delay: number;
}

export async function startRelay(port: number): Promise<Relay> {
  const setting = { delay: 0 };
  const pass = (from: Socket, to: Socket): void => {
    const underWay: Buffer[] = [];
    // Whichever timer ends first: what came first goes first, also when the delay has become shorter.
    const deliver = (): void => void to.write(underWay.shift() ?? "");
    from.on("data", (bytes) => {
      underWay.push(bytes);
      if (setting.delay === 0 && underWay.length === 1) deliver();
      else setTimeout(deliver, setting.delay);
    });
    from.on("error", () => {});
    from.on("close", () => to.destroy());
  };
  const upstream = await startRaw((socket) => {
    const other = connect(port, "127.0.0.1");
    pass(socket, other);
    pass(other, socket);
  });
  return Object.assign(setting, upstream);
}
