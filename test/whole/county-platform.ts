/** The county's side for whole-program tests: certificates made here, Mosquitto that asks for them, and a reader. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, connect as dial, type Socket } from "node:net";
import { join } from "node:path";
import { connectAsync, type MqttClient } from "mqtt";
import { freePort, type Place, type Running, until } from "./place.ts";

/** A CA, the platform's certificate, the gate's, and what goes wrong with them in the field. */
export function makeCertificates(place: Place): (name: string) => string {
  const file = (name: string) => join(place.dir, name);
  const openssl = (...args: readonly string[]) => execFileSync("openssl", args, { cwd: place.dir, stdio: "pipe" });
  place.write("san.cnf", "subjectAltName=IP:127.0.0.1\n");
  place.write(
    "ca.cnf",
    "[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=.\ndatabase=index.txt\nserial=serial\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n",
  );
  place.write("index.txt", "");
  place.write("serial", "1000\n");
  for (const ca of ["ca", "other-ca"])
    openssl(
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-keyout",
      `${ca}.key`,
      "-out",
      `${ca}.pem`,
      "-days",
      "30",
      "-subj",
      `/CN=${ca}`,
    );
  for (const [name, cn] of [
    ["platform", "127.0.0.1"],
    ["gate", "gate-01"],
    ["expired", "127.0.0.1"],
    ["reader", "reader"],
  ] as const) {
    openssl(
      "req",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.csr`,
      "-subj",
      `/CN=${cn}`,
    );
    if (name === "expired")
      openssl(
        "ca",
        "-batch",
        "-config",
        "ca.cnf",
        "-cert",
        "ca.pem",
        "-keyfile",
        "ca.key",
        "-in",
        `${name}.csr`,
        "-out",
        `${name}.pem`,
        "-startdate",
        "20250101000000Z",
        "-enddate",
        "20250201000000Z",
        "-extfile",
        "san.cnf",
        "-notext",
      );
    else
      openssl(
        "x509",
        "-req",
        "-in",
        `${name}.csr`,
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "30",
        "-out",
        `${name}.pem`,
        "-extfile",
        "san.cnf",
      );
  }
  return file;
}

/** Mosquitto as a platform runs it: TLS, and only for whoever has a certificate of ours. */
export async function startPlatform(place: Place, port: number, more = "", certificate = "platform"): Promise<Running> {
  const file = (name: string) => join(place.dir, name);
  const config = place.write(
    "platform.conf",
    // `user`: started by root it would give up its rights, and couldn't read the keys any more; else it says nothing.
    `user root\nlistener ${port} 127.0.0.1\ncafile ${file("ca.pem")}\ncertfile ${file(`${certificate}.pem`)}\nkeyfile ${file(`${certificate}.key`)}\nrequire_certificate true\nuse_identity_as_username true\nallow_anonymous true\nset_tcp_nodelay true\npersistence false\nmax_queued_messages 0\n${more}`,
  );
  const running = place.run("mosquitto", ["-c", config]);
  await until(() => running.printed().includes("running"), 5_000, running.printed);
  return running;
}

/** Subscribes to everything, by a client that isn't ours. */
export async function readPlatform(place: Place, port: number) {
  const read = (name: string) => readFileSync(join(place.dir, name));
  const client: MqttClient = await connectAsync(`mqtts://127.0.0.1:${port}`, {
    protocolVersion: 5,
    ca: read("ca.pem"),
    cert: read("reader.pem"),
    key: read("reader.key"),
    reconnectPeriod: 200,
  });
  const heard: {
    readonly topic: string;
    readonly message: Readonly<Record<string, unknown>>;
    readonly retained: boolean;
  }[] = [];
  client.on("message", (topic, payload, { retain }) => {
    // What goes down comes by here too, and isn't JSON.
    if (topic.includes("/cmd/") && !topic.endsWith("/cmd/result")) return;
    heard.push({ topic, message: JSON.parse(payload.toString("utf8")), retained: retain });
  });
  await client.subscribeAsync("gatepost/v1/#", { qos: 1 });
  return {
    heard: heard as readonly (typeof heard)[number][],
    /** QoS 1; resolves when the broker has it. */
    send: (topic: string, text: string, retain = false) => client.publishAsync(topic, text, { qos: 1, retain }),
    on: (what: string) => heard.filter(({ topic }) => topic.endsWith(`/${what}`)).map(({ message }) => message),
    close: () => client.endAsync(true),
  };
}

export interface Line {
  readonly port: number;
  /** All that went up, from the first byte. */
  bytes(): Buffer;
  /** Nothing passes any more, either way; what is sent meanwhile waits on the line, as in a switch that has lost its power. */
  stall(): void;
  /** Everything passes again, what has waited first. */
  heal(): void;
  close(): void;
}

interface Call {
  join(): void;
  part(): void;
  hangUp(): void;
}

/** Stands between a caller (the gate, a browser) and whom it calls, and keeps every byte that goes up. */
export async function tapLine(to: number): Promise<Line> {
  const chunks: Buffer[] = [];
  const keep = (chunk: Buffer) => chunks.push(chunk);
  const calls: Call[] = [];
  let stalled = false;
  const server = createServer((from) => {
    const call = callOf(from, dial({ host: "127.0.0.1", port: to }), keep);
    calls.push(call);
    if (!stalled) call.join();
  });
  const port = await freePort();
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  return {
    port,
    bytes: () => Buffer.concat(chunks),
    stall() {
      stalled = true;
      for (const call of calls) call.part();
    },
    heal() {
      stalled = false;
      for (const call of calls) call.join();
    },
    close() {
      for (const call of calls) call.hangUp();
      server.close();
    },
  };
}

function callOf(from: Socket, there: Socket, keep: (chunk: Buffer) => void): Call {
  const ways = [
    [from, there],
    [there, from],
  ] as const;
  for (const [one, other] of ways) one.on("error", () => other.destroy());
  return {
    join() {
      from.on("data", keep);
      for (const [one, other] of ways) one.pipe(other);
    },
    part() {
      from.off("data", keep);
      for (const [one, other] of ways) one.unpipe(other).pause();
    },
    hangUp() {
      for (const [one] of ways) one.destroy();
    },
  };
}
