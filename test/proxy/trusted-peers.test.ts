import { describe, expect, it } from "vitest";
import { TrustedPeers } from "../../src/proxy/trusted-peers.ts";

describe("trusted peers", () => {
  const peers = new TrustedPeers(["10.0.0.0/8", "fc00::/7", "192.0.2.7"]);

  it.each([
    ["10.1.2.3", "10.1.2.3", true],
    ["::ffff:10.1.2.3", "10.1.2.3", true],
    ["192.0.2.7", "192.0.2.7", true],
    ["192.0.2.8", "192.0.2.8", false],
    ["fd00::1", "fd00::1", true],
    ["2001:db8::1", "2001:db8::1", false],
    [undefined, "", false],
  ])("%s is known as %j, trusted: %s", (remoteAddress, address, trusted) => {
    expect(peers.peerOf({ remoteAddress })).toEqual({ address, trusted });
  });

  it.each(["10.0.0.0/33", "10.0.0.0/x", "lan", "fc00::/129", ""])("cannot be read from %j", (network) => {
    expect(() => new TrustedPeers([network])).toThrow(`"${network}" is not a network`);
  });
});
