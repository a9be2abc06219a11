import net, { type ListenOptions, type Socket } from "node:net";
import tls from "node:tls";
import type { Certificate } from "../certificate.ts";
import type { ExpressSettings } from "./express-settings.ts";

/** Takes the clients' connections: plain ones, or TLS with a certificate that can be renewed. */
export class Listener {
  private readonly settings: ExpressSettings;
  private readonly server: net.Server;
  private readonly secure: tls.Server | undefined;
  /** The connections below TLS, those inside a handshake too. */
  private readonly beneath = new Set<Socket>();

  /** @throws Error when the certificate cannot be used. */
  constructor(settings: ExpressSettings, onSocket: (socket: Socket) => void) {
    this.settings = settings;
    const { certificate, headTimeout, maxConnections } = settings;
    const options = { noDelay: true, keepAlive: true, allowHalfOpen: true };
    if (certificate === undefined) {
      this.server = net.createServer({ ...options, pauseOnConnect: true }, onSocket);
      return;
    }
    this.secure = tls.createServer(
      { ...options, ...certificate, ALPNProtocols: ["http/1.1"], handshakeTimeout: headTimeout },
      onSocket,
    );
    // A handshake whose time is over is only reported, not ended.
    this.secure.on("tlsClientError", (_error, socket) => socket.destroy());
    this.server = this.secure;
    this.server.maxConnections = maxConnections;
    this.server.on("connection", (socket: Socket) => {
      this.beneath.add(socket);
      socket.once("close", () => this.beneath.delete(socket));
    });
  }

  /** Rejects when the port or address cannot be had. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      const { port, host, shared } = this.settings;
      // Node from 22.12 on; a worker of an older one gets its connections from the primary process, in turn.
      const options: ListenOptions & { readonly reusePort?: boolean } = { port, host, reusePort: shared === true };
      this.server.listen(options, () => {
        this.server.off("error", reject);
        resolve();
      });
    });
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** From the next handshake on. */
  useCertificate(certificate: Certificate): void {
    this.secure?.setSecureContext(certificate);
  }

  /** Takes no more. Resolves when the last connection has closed. */
  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  /** Ends also those that are inside a handshake. */
  destroyAll(): void {
    for (const socket of this.beneath) socket.destroy();
  }
}
