import { BlockList, isIP } from "node:net";

/** Who is at the other end of a connection. Found out once a connection. */
export interface Peer {
  /** IPv4 addresses are in their own form, also where the socket is an IPv6 one. */
  readonly address: string;
  /** Whether its word on who is asking, and on whom it forwards for, is believed. */
  readonly trusted: boolean;
}

/** Tells trusted peers from others by the networks they are in. */
export class TrustedPeers {
  readonly #networks = new BlockList();

  /** `networks`: addresses or CIDRs of IPv4 or IPv6. Throws an Error that names the one it cannot read. */
  constructor(networks: readonly string[]) {
    for (const network of networks) this.#add(network);
  }

  peerOf(socket: { readonly remoteAddress?: string | undefined }): Peer {
    const address = (socket.remoteAddress ?? "").replace(/^::ffff:(?=\d+\.)/, "");
    const version = isIP(address);
    return { address, trusted: version !== 0 && this.#networks.check(address, version === 4 ? "ipv4" : "ipv6") };
  }

  #add(network: string): void {
    const [address = "", prefix] = network.split("/", 2);
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
    if (version === 0 || length < 0 || length > bits) {
      throw new Error(`trustedProxies: "${network}" is not a network; write it like 10.0.0.0/8 or fc00::/7`);
    }
    this.#networks.addSubnet(address, length, version === 4 ? "ipv4" : "ipv6");
  }
}
