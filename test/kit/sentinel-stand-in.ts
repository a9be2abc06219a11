import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** As long as a client needs to act on a message before the answer that comes after it, in ms. */
const ACTED_ON_MS = 30;

/** Speaks as much of a sentinel's language as a client asks, in an order that a real one takes only now and then. */
export interface SentinelStandIn {
  readonly port: number;
  /** The port of the server that is master now. */
  master: number;
  /** Says that the master has moved while the next question for it is still without an answer. */
  sayMovedWhileAsked(): void;
  close(): Promise<void>;
}

export async function startSentinelStandIn(master: number): Promise<SentinelStandIn> {
  const listeners = new Set<Socket>();
  const sockets = new Set<Socket>();
  let sayMoved = false;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      listeners.delete(socket);
    });
    socket.on("error", () => undefined);
    socket.on("data", async (bytes) => {
      for (const command of commandsIn(bytes.toString())) {
        if (/^subscribe/i.test(command)) {
          listeners.add(socket);
          socket.write(array("subscribe", "+switch-master", 1));
        } else if (/^sentinel get-master-addr-by-name/i.test(command)) {
          if (sayMoved && listeners.size > 0) {
            sayMoved = false;
            for (const listener of listeners) listener.write(array("message", "+switch-master", "main"));
            await pause(ACTED_ON_MS);
          }
          socket.write(array("127.0.0.1", `${standIn.master}`));
        } else if (/^sentinel sentinels/i.test(command)) {
          socket.write(array());
        } else {
          socket.write("+OK\r\n");
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const standIn: SentinelStandIn = {
    port: (server.address() as AddressInfo).port,
    master,
    sayMovedWhileAsked: () => {
      sayMoved = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return standIn;
}

/** The commands of a request in RESP, each as its words with blanks between: arrays of bulk strings, which have no line ends here. */
function commandsIn(text: string): string[] {
  return text
    .split(/^\*\d+\r\n/m)
    .filter((part) => part !== "")
    .map((part) =>
      part
        .replace(/\$\d+\r\n/g, "")
        .split("\r\n")
        .filter((word) => word !== "")
        .join(" "),
    );
}

function array(...items: readonly (string | number)[]): string {
  const told = items.map((item) => (typeof item === "number" ? `:${item}\r\n` : `$${item.length}\r\n${item}\r\n`));
  return `*${items.length}\r\n${told.join("")}`;
}
