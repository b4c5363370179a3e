/**
 * Ends a connection together with what lies unsent in the kernel: after an ordinary close the kernel would go on
 * delivering for minutes, and an opening would reach a device that comes back when whoever it was for has gone.
 * TLS sockets have no such end (Node resets plain TCP alone); they are destroyed.
 */
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";

export function drop(socket: Duplex): void {
  if (socket.destroyed) return;
  // While it is still connecting, nothing has been sent.
  if (socket instanceof Socket && !(socket instanceof TLSSocket) && !socket.connecting) socket.resetAndDestroy();
  else socket.destroy();
}

/** Whoever destroys this socket drops it, once `when` says so. */
export function dropWhenDestroyed(socket: Socket, when: () => boolean): void {
  const destroy = socket.destroy.bind(socket);
  socket.destroy = (error) => {
    socket.destroy = destroy;
    if (!when()) return destroy(error);
    drop(socket);
    return socket;
  };
}
