// The real edges of `socket.ts`: a WebSocket of this page's own origin, the clock, the timer, chance.

import { Socket, type SocketEdges, type SocketOwner, type Wire } from "./socket.ts";

/** The path is asked for at each connection, and may have a query. */
export function openSocket(path: () => string, owner: SocketOwner): Socket {
  const edges: SocketEdges = {
    open() {
      const url = new URL(path(), location.href);
      url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
      url.hash = "";
      const socket = new WebSocket(url);
      socket.binaryType = "arraybuffer";
      return socket as Wire;
    },
    nowMs: () => performance.now(),
    after(delayMs, callback) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    random: () => Math.random(),
    hidden: () => document.hidden,
  };
  const socket = new Socket(edges, owner);
  window.addEventListener("online", () => socket.retryNow());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) socket.retryNow();
  });
  return socket;
}
