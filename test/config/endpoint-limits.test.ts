import { describe, expect, it } from "vitest";
import { endpointLimits } from "../../src/config/endpoint-limits.ts";

describe("without a list, endpoints", () => {
  const { allowsHost, allowsAddress } = endpointLimits([]);

  it.each(["10.0.0.1", "model.example", "localhost", "127.0.0.1", "::1", "fd00::1"])("may be at %s", (host) => {
    expect(allowsHost(host)).toBe(true);
  });

  it.each([
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "fd00:ec2::254",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "64:ff9b::a9fe:a9fe",
    "100.100.100.200",
    "168.63.129.16",
  ])("may not be at %s, nor at a name of it", (address) => {
    expect(allowsHost(address)).toBe(false);
    expect(allowsAddress(address)).toBe(false);
  });
});

describe("with a list, endpoints", () => {
  const { allowsHost, allowsAddress } = endpointLimits([
    "10.2.0.0/16",
    "169.254.7.7",
    "*.models.svc",
    "GPU-1",
    "fd00:1::/32",
  ]);

  it.each([
    ["10.2.3.4", true],
    ["10.3.3.4", false],
    ["169.254.7.7", true],
    ["169.254.169.254", false],
    ["fd00:1::9", true],
    ["fd00:2::9", false],
    ["llama.models.svc", true],
    ["llama.models.svc.evil.example", false],
    ["llamaxmodels.svc", false],
    ["models.svc", false],
    ["gpu-1", true],
    ["gpu-10", false],
  ])("may be at %s: %s", (host, allowed) => {
    expect(allowsHost(host)).toBe(allowed);
  });

  it("may have names that resolve to anything but addresses of the link only", () => {
    expect(["192.0.2.1", "169.254.7.7", "169.254.169.254"].map(allowsAddress)).toEqual([true, true, false]);
  });
});
