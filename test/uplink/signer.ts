/** The platform's end of a command: keys, and how one is signed, by node's own crypto and not by the product's code. */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";

/** RFC 8032, 7.1, TEST 1 and TEST 2: everybody can make the same signatures. */
const SEEDS = {
  county: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
  town: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
} as const;
/** RFC 8410, 7: what stands before the 32 bytes of a private key. */
const PKCS8 = "302e020100300506032b657004220420";

export type KeyName = keyof typeof SEEDS;
const privateKey = (name: KeyName): KeyObject =>
  createPrivateKey({ key: Buffer.from(PKCS8 + SEEDS[name], "hex"), format: "der", type: "pkcs8" });
const KEYS = { county: privateKey("county"), town: privateKey("town") } as const;

export const publicPem = (name: KeyName): string =>
  createPublicKey(KEYS[name]).export({ format: "pem", type: "spki" }).toString();
export const privatePem = (name: KeyName): string => KEYS[name].export({ format: "pem", type: "pkcs8" }).toString();

export const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A command as it goes over the wire. */
export function signed(claims: unknown, key: KeyName = "county", header: unknown = { alg: "EdDSA", kid: key }): string {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${sign(null, Buffer.from(text), KEYS[key]).toString("base64url")}`;
}

export const EPOCH = "7f1d0c5e-2b1a-4c3d-8e9f-0a1b2c3d4e5f";
export const ID = "c0ffee00-0000-4000-8000-000000000001";

/** A sound remote opening at tick 0. */
export const OPEN = {
  schemaVersion: "1.0",
  id: ID,
  site: "330381001004",
  gate: "01",
  epoch: EPOCH,
  counter: 7,
  validUntilMs: 10_000,
  who: "王敏",
  why: "送水车进小区",
  kind: "remote-open",
  lane: "car-in",
} as const;
