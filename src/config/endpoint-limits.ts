import { BlockList, isIP } from "node:net";
import { glob } from "./glob.ts";

/**
 * Where clouds tell machines their credentials, and what else is of the link only: nothing that a model is served at. Alibaba Cloud
 * and Azure have addresses of their own for it, and RFC 6052 another form for all of IPv4.
 */
const NEVER = [
  ...["169.254.0.0/16", "64:ff9b::a9fe:0/112", "fe80::/10"],
  ...["fd00:ec2::254/128", "100.100.100.200/32", "168.63.129.16/32"],
];

/** Where rules may send requests to. */
export interface EndpointLimits {
  /** Of an endpoint in the rules: a name or an address, without brackets. */
  allowsHost(host: string): boolean;
  /** What a name resolves to, at the moment of connecting. */
  allowsAddress(address: string): boolean;
}

/** `entries` are addresses, networks, and names in which `*` stands for anything; empty: anywhere that is not of the link only. */
export function endpointLimits(entries: readonly string[]): EndpointLimits {
  const networks = entries.filter((entry) => isIP(entry.split("/")[0] ?? "") !== 0);
  const names = entries.filter((entry) => !networks.includes(entry)).map((entry) => glob(entry, "i"));
  const listed = blockList(networks);
  const never = blockList(NEVER);
  const isIn = (list: BlockList, address: string) => list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  const allowsAddress = (address: string): boolean => isIn(listed, address) || !isIn(never, address);
  return {
    allowsAddress,
    allowsHost(host) {
      if (isIP(host) === 0) return entries.length === 0 || names.some((name) => name.test(host));
      return isIn(listed, host) || (entries.length === 0 && allowsAddress(host));
    },
  };
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", length] = network.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    list.addSubnet(address, length === undefined ? (family === "ipv6" ? 128 : 32) : Number(length), family);
  }
  return list;
}
