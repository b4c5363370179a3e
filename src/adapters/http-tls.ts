/**
 * The page over TLS, on its one port: whoever comes in the clear is shown the way, the authority's certificate and the
 * probes, and nothing else.
 */
import {
  createServer as createPlain,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import { z } from "zod";
import type { Mount } from "./http-route.ts";

/** What is served, and from whom. */
export interface Tls {
  readonly pair: { readonly cert: string; readonly key: string };
  /** PEM of the authority made on this machine; absent = the certificate is somebody else's. */
  readonly ca?: string;
  /** SHA-256 of it. */
  readonly fingerprint?: string;
  /** Told of each new pair: served from the next connection on, nobody is dropped. */
  onRenewed(hear: (pair: { readonly cert: string; readonly key: string }) => void): void;
}

const HANDSHAKE = 0x16;
const FIRST_BYTE_MS = 10_000;
const IN_THE_CLEAR = new Set(["/ca", "/ca.crt", "/healthz", "/readyz", "/metrics"]);

/** @param isOwn whether a Host header is one of this gate's names: nobody is sent elsewhere. */
export function tlsServer(tls: Tls, listener: RequestListener, isOwn: (host: string | undefined) => boolean): Server {
  const server = createServer({ ...tls.pair, minVersion: "TLSv1.2", handshakeTimeout: FIRST_BYTE_MS }, listener);
  tls.onRenewed((pair) => server.setSecureContext({ ...pair, minVersion: "TLSv1.2" }));
  const plain = createPlain({ keepAlive: false }, (request, response) => {
    response.shouldKeepAlive = false;
    const path = (request.url ?? "").split("?")[0] ?? "";
    if (IN_THE_CLEAR.has(path)) return listener(request, response);
    showTheWay(request, response, isOwn);
  });
  // Those that haven't said yet what they are must not keep the server from closing.
  const sockets = new Set<Socket>();
  const closeAll = server.closeAllConnections.bind(server);
  server.closeAllConnections = () => {
    closeAll();
    for (const socket of sockets) socket.destroy();
  };
  const secure = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    const silent = (): void => void socket.destroy();
    socket.setTimeout(FIRST_BYTE_MS, silent);
    // A connection that ends before its first byte is nobody's trouble.
    socket.on("error", () => socket.destroy());
    socket.once("readable", () => {
      const first: Buffer | null = socket.read();
      if (first === null) return;
      socket.setTimeout(0);
      socket.off("timeout", silent);
      socket.unshift(first);
      if (first[0] !== HANDSHAKE) return void plain.emit("connection", socket);
      for (const take of secure) take.call(server, socket);
    });
  });
  return server;
}

function showTheWay(
  request: IncomingMessage,
  response: ServerResponse,
  isOwn: (host: string | undefined) => boolean,
): void {
  const { host } = request.headers;
  if (request.method !== "GET" || !isOwn(host)) {
    response.writeHead(421, { "content-type": "text/plain; charset=utf-8", connection: "close" });
    response.end("https\n");
    return;
  }
  response.writeHead(308, { location: `https://${host}${request.url ?? "/"}`, connection: "close" });
  response.end();
}

/** The authority's certificate, its fingerprint, and how it is installed. */
export function authorityRoutes(mount: Mount, ca: string, fingerprint: string): void {
  const pem = ca.slice(ca.indexOf("-----BEGIN"));
  mount(
    {
      method: "GET",
      path: "/ca.crt",
      access: "page",
      says: { zh: "本机根证书", en: "The certificate of this gate's own authority" },
      answers: { 200: "application/x-x509-ca-cert" },
    },
    () => ({
      status: 200,
      body: pem,
      type: "application/x-x509-ca-cert",
      headers: { "content-disposition": 'attachment; filename="gatepost-ca.crt"' },
    }),
  );
  mount(
    {
      method: "GET",
      path: "/ca",
      access: "page",
      says: { zh: "怎样安装根证书", en: "How the certificate is installed" },
      answers: { 200: z.string() },
    },
    () => ({ status: 200, body: instructions(fingerprint), type: "text/html; charset=utf-8" }),
  );
}

function instructions(fingerprint: string): string {
  return `<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>门岗证书 gatepost certificate</title>
<h1>安装门岗证书 <small lang="en">Install this gate's certificate</small></h1>
<p>装好以后，浏览器不再提示“不安全”。这张证书只对内网地址和本门岗的名称有效。
<p lang="en">Afterwards the browser no longer warns. It is good for private addresses and this gate's names alone.
<p><a href="/ca.crt">下载证书 <span lang="en">Download</span></a>
<p>先核对指纹（SHA-256），与主机上 <code>gatepost doctor</code> 显示的一致才安装：
<span lang="en">Compare the fingerprint with what <code>gatepost doctor</code> shows on the machine itself:</span>
<p><code>${fingerprint}</code>
<ul>
<li>Windows：双击 → 安装证书 → 本地计算机 → 受信任的根证书颁发机构。<span lang="en">Double-click, Install, Local Machine, Trusted Root.</span>
<li>安卓 Android：设置 → 安全 → 加密与凭据 → 安装 CA 证书。<span lang="en">Settings, Security, Install a CA certificate.</span>
<li>鸿蒙 HarmonyOS：设置 → 安全 → 更多安全设置 → 从存储设备安装。<span lang="en">Settings, Security, More, Install from storage.</span>
<li>iPhone、iPad：下载后 设置 → 已下载描述文件 → 安装；再到 通用 → 关于本机 → 证书信任设置 打开。
<span lang="en">Install the profile, then General, About, Certificate Trust Settings.</span>
</ul>
`;
}
