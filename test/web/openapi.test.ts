/** docs/api/openapi.json is what the server mounts (`npx vitest run test/web/openapi.test.ts --update` writes it anew). */
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { openCertificate } from "../../src/adapters/certificate.ts";
import { buildHttp } from "../../src/adapters/http.ts";
import { openapi } from "../../src/adapters/http-openapi.ts";
import { PROBLEMS } from "../../src/adapters/http-problem.ts";
import type { RouteSpec } from "../../src/adapters/http-route.ts";
import { openRegister } from "../../src/adapters/register.ts";
import { openRegisterThread } from "../../src/adapters/register-thread.ts";
import { openFolder } from "../accounts/place.ts";
import { fakeBench, fakeWorkshop } from "./fake-bench.ts";
import { ACCESS, openFakeDesk, UNCOUNTED, unkeptReasons } from "./fake-desk.ts";
import { fakeImpact } from "./fake-impact.ts";

const place = openFolder();
const certificate = await openCertificate({
  folder: `${place.folder}/tls`,
  names: [],
  title: "x",
  wallMs: () => place.clock.wall,
  onTrouble: ({ message }) => place.troubles.push(message),
});
// Nothing is asked of it here.
const register = openRegister({
  thread: openRegisterThread(),
  now: () => 0,
  changed: () => undefined,
  usesOf: () => 0,
  access: ACCESS,
  reasons: unkeptReasons(),
  onFault: () => undefined,
});
const routes: RouteSpec[] = [];
const app = buildHttp({
  desk: openFakeDesk(),
  now: () => 0,
  assets: tmpdir(),
  host: "127.0.0.1",
  metricsText: async () => "",
  accounts: place.open(),
  bench: fakeBench(),
  workshop: fakeWorkshop(),
  register: { register, keeping: {} },
  impact: fakeImpact(),
  tls: certificate,
  traffic: UNCOUNTED,
  onRoute: (route) => void routes.push(route),
});
afterAll(async () => {
  certificate.close();
  await app.close();
  await place.leave();
});
const document = openapi(routes);

it("the committed document is the server's own", async () => {
  const file = fileURLToPath(new URL("../../docs/api/openapi.json", import.meta.url));
  await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot(file);
});

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, one]) => [`${method} ${path}`, path, one] as const),
);

describe("every operation", () => {
  it("has a name of its own", () => {
    const names = operations.map(([, , { operationId }]) => operationId);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBe(routes.length);
  });
  it.each(operations)("%s names its path's parts, a good answer and the refusal", (_name, path, one) => {
    const parts = [...path.matchAll(/\{(\w+)\}/g)].map(([, part]) => part);
    const told = (one.parameters ?? []).filter((parameter) => parameter.in === "path");
    expect(told.map(({ name }) => name)).toEqual(parts);
    expect(told.every(({ required }) => required)).toBe(true);
    expect(Object.keys(one.responses)).toContain("default");
    expect(Object.keys(one.responses).some((status) => /^[23]/.test(status))).toBe(true);
  });
});

it.each(Object.entries(PROBLEMS))("the refusal %s speaks both languages", (_code, { status, zh, en }) => {
  expect(status).toBeGreaterThanOrEqual(400);
  expect(zh).toMatch(/\p{Script=Han}/u);
  expect(en).not.toMatch(/\p{Script=Han}/u);
  expect(en).toMatch(/[.]$/);
});
