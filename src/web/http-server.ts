import type http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import type { Server as TlsServer, TLSSocket } from "node:tls";
import type { WebProtection, WebTls } from "../model/web-config.ts";
import { namesOf } from "./client-names.ts";
import * as limits from "./limits.ts";

/**
 * Not by `import`, which reads every export of a module: one of `node:http` is WebSocket, for which Node.js loads undici. That is
 * 3 MB of an idle server.
 */
const { createServer } = process.getBuiltinModule("node:http");

/** The server below the routes: plain, with TLS, or with TLS and HTTP/2. */
export interface HttpServer {
  readonly server: http.Server;
  readonly scheme: "http" | "https";
  /** Ends connections that serve no request. */
  closeIdle(): void;
  closeAll(): void;
}

/**
 * Made for what protects at the start: whether there is TLS, and HTTP/2, is settled by it. Certificates, their demands and
 * versions are taken anew for each connection, when they have changed.
 */
export function createHttpServer(handler: http.RequestListener, protection: () => WebProtection): HttpServer {
  const { tls, http2: hasHttp2 } = protection();
  if (tls === undefined) return withSockets(limited(createServer(HTTP1, handler)), "http");
  const options = { ...HTTP1, ...contextOf(tls), handshakeTimeout: limits.REQUEST_TIMEOUT_MS };
  const server = hasHttp2
    ? http2.createSecureServer(
        { ...options, allowHTTP1: true, settings: { maxConcurrentStreams: limits.STREAMS_MAX } },
        handler as never,
      )
    : https.createServer(options, handler);
  followCertificates(server, tls, protection);
  return withSockets(limited(server as unknown as http.Server), "https");
}

const HTTP1 = {
  maxHeaderSize: limits.HEADER_BYTES_MAX,
  requestTimeout: limits.REQUEST_TIMEOUT_MS,
  keepAliveTimeout: limits.KEEP_ALIVE_TIMEOUT_MS,
};

function limited(server: http.Server): http.Server {
  server.maxConnections = limits.CONNECTIONS_MAX;
  server.headersTimeout = limits.REQUEST_TIMEOUT_MS;
  server.requestTimeout = limits.REQUEST_TIMEOUT_MS;
  server.setTimeout(limits.IDLE_TIMEOUT_MS);
  return server;
}

/** Keeps book of the connections, because an HTTP/2 server cannot end its own. */
function withSockets(server: http.Server, scheme: HttpServer["scheme"]): HttpServer {
  const sessions = new Set<http2.Http2Session>();
  const sockets = new Set<TLSSocket>();
  server.on("session", (session: http2.Http2Session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return {
    server,
    scheme,
    closeIdle() {
      server.closeIdleConnections();
      // Streams that are open are served to their end.
      for (const session of sessions) session.close();
    },
    closeAll() {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
      if (scheme === "http") server.closeAllConnections();
    },
  };
}

/** What a TLS server is made with, and gets when its certificates have changed. */
function contextOf(tls: WebTls) {
  const { cert, key, clientCa: ca, minVersion, maxVersion, ciphers, curves, prefersOwnCiphers, clientAuth } = tls;
  return {
    cert,
    key,
    ca,
    minVersion,
    maxVersion,
    ciphers,
    ecdhCurve: curves,
    honorCipherOrder: prefersOwnCiphers,
    requestCert: clientAuth !== "NoClientCert",
    rejectUnauthorized: clientAuth === "RequireAndVerifyClientCert",
  };
}

function followCertificates(
  server: http2.Http2SecureServer | https.Server,
  first: WebTls,
  protection: () => WebProtection,
): void {
  let used = first;
  // Before the server's own listener, which begins the handshake.
  server.prependListener("connection", () => {
    const { tls } = protection();
    if (tls === undefined || tls === used) return;
    used = tls;
    const context = contextOf(tls);
    (server as TlsServer).setSecureContext(context);
    // A server reads these two at each connection; there is no method to set them.
    const { requestCert, rejectUnauthorized } = context;
    Object.assign(server, { requestCert, rejectUnauthorized });
  });
  server.prependListener("secureConnection", (socket: TLSSocket) => {
    if (!isWelcome(socket, used)) socket.destroy();
  });
}

/** What the handshake itself does not demand: that there is a certificate, that one is valid, that it has a name of the list. */
function isWelcome(socket: TLSSocket, { clientAuth, allowedNames }: WebTls): boolean {
  if (clientAuth === "NoClientCert" || clientAuth === "RequestClientCert") return true;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return clientAuth === "VerifyClientCertIfGiven";
  if (clientAuth === "RequireAnyClientCert") return true;
  if (!socket.authorized) return false;
  return allowedNames.length === 0 || namesOf(certificate.subjectAltName).some((name) => allowedNames.includes(name));
}
