import { expect, it } from "vitest";
import { readRedisUrl } from "../../src/config/redis-url.ts";

const NONE = { user: undefined, password: undefined, master: "", db: 0, tls: false };
const at = (host: string, port: number) => ({ host, port });

it.each([
  ["redis://r", { ...NONE, kind: "server", hosts: [at("r", 6379)] }],
  ["redis://r:1/2", { ...NONE, kind: "server", hosts: [at("r", 1)], db: 2 }],
  [
    "rediss://ann:p%40ss%3A@r/",
    { ...NONE, kind: "server", hosts: [at("r", 6379)], user: "ann", password: "p@ss:", tls: true },
  ],
  ["redis://:a:b@[::1]:7", { ...NONE, kind: "server", hosts: [at("::1", 7)], password: "a:b" }],
  ["redis+sentinel://a,b:2/main", { ...NONE, kind: "sentinel", hosts: [at("a", 26379), at("b", 2)], master: "main" }],
  [
    "rediss+sentinel://a/m%20x/3",
    { ...NONE, kind: "sentinel", hosts: [at("a", 26379)], master: "m x", db: 3, tls: true },
  ],
  ["redis+cluster://u@a:1,b", { ...NONE, kind: "cluster", hosts: [at("a", 1), at("b", 6379)], user: "u" }],
])("reads %s", (text, place) => {
  expect(readRedisUrl(text)).toEqual(place);
});

it.each([
  "r:6379",
  "http://r",
  "redis://",
  "redis://r:0",
  "redis://r:65536",
  "redis://a,b",
  "redis://r/x",
  "redis://r/1/2",
  "redis://:p ss@r",
  "redis+sentinel://a",
  "redis+sentinel://a/",
  "redis+sentinel://a,/m",
  "redis+cluster://a/0",
  "redis+twemproxy://a",
])("does not take %s for one", (text) => {
  expect(readRedisUrl(text)).toBeUndefined();
});
