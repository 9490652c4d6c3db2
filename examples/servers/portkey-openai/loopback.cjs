"use strict";
// Loaded with `node --require`, before the code of the gateway: limits the process to loopback.
//
// - Every server listens on 127.0.0.1.
// - HTTP(S) calls to other hosts are sent to the upstream, and recorded in the log of redirections.
// - Other connections (raw sockets, DNS, datagrams, child processes) fail with ELOOPBACKONLY, and are recorded in the
//   log of escapes, because the gateway may ignore the error.
//
// The fetch and http layers redirect. The guard of sockets and DNS blocks calls that bypass both layers (a bundled
// undici, HTTP/2, a followed redirect).

const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const net = require("node:net");
const { syncBuiltinESMExports } = require("node:module");
const { urlToHttpOptions } = require("node:url");
const { guard, isLoopback } = require("../../../tests/loopback/guard.cjs");

const LOOPBACK = "127.0.0.1";
const upstream = new URL(`http://${required("GATEWAY_UPSTREAM")}`);
const redirectedLog = required("GATEWAY_REDIRECTED_LOG");
const blocked = guard({ escapesLog: required("GATEWAY_ESCAPES_LOG") });

fs.writeFileSync(redirectedLog, "");

if (!isLoopback(upstream.hostname)) throw new Error(`GATEWAY_UPSTREAM is not on loopback: ${upstream.host}`);

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`set ${name} for ${__filename}`);
  return value;
}

// Without the query, which contains the key for some providers.
function noteRedirected(method, host, path) {
  const entry = { method: method.toUpperCase(), host, path: path.split("?")[0] };
  fs.appendFileSync(redirectedLog, `${JSON.stringify(entry)}\n`);
}

// --- exit: a killed runner cannot stop its gateway

const runner = process.ppid;
setInterval(() => process.ppid === runner || process.exit(), 1000).unref();

// --- listening

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...args) {
  const callback = args.find((argument) => typeof argument === "function");
  const [first, , backlog] = args.map((argument) => (argument === callback ? undefined : argument));
  const options = typeof first === "object" && first !== null ? first : { port: first, backlog };
  const port = Number(options.port ?? 0);
  if (!Number.isInteger(port) || options.path || options.fd !== undefined || options._handle) {
    throw blocked(`listen on ${String(options.path ?? options.port ?? "a handle")}, which is not a TCP port`);
  }
  return listen.call(this, { ...options, port, host: LOOPBACK }, callback);
};

// --- fetch

const fetch = globalThis.fetch;
globalThis.fetch = async function (input, init) {
  const isRequest = typeof input === "object" && input !== null && "url" in input;
  const url = new URL(isRequest ? input.url : input);
  if (!/^https?:$/.test(url.protocol) || isLoopback(url.hostname)) return fetch(input, init);
  noteRedirected(init?.method ?? (isRequest ? input.method : "GET"), url.host, url.pathname);
  const target = `${upstream.origin}${url.pathname}${url.search}`;
  return fetch(isRequest ? new Request(target, input) : target, init);
};

// --- http and https

function splitRequestArguments([first, ...rest]) {
  const callback = rest.find((argument) => typeof argument === "function");
  const isUrl = typeof first === "string" || first instanceof URL;
  const given = isUrl ? rest.find((argument) => typeof argument === "object") : first;
  return { callback, options: { ...(isUrl ? urlToHttpOptions(new URL(first)) : {}), ...given } };
}

function toUpstream(options) {
  // The caller's own agent or connector would open its own connection, possibly over TLS.
  const { agent, createConnection, defaultPort, servername, ...kept } = options;
  const [host, port] = [upstream.hostname, upstream.port];
  return { ...kept, protocol: "http:", host, hostname: host, port };
}

const plainRequest = http.request;
function guarded(original) {
  return function request(...args) {
    const { callback, options } = splitRequestArguments(args);
    if (options.socketPath) throw blocked(`HTTP over the socket ${options.socketPath}`);
    const host = options.hostname || options.host || "localhost";
    if (isLoopback(host)) return original.apply(this, args);
    noteRedirected(options.method ?? "GET", host, options.path ?? "/");
    return plainRequest(toUpstream(options), callback);
  };
}

for (const api of [http, https]) {
  const request = guarded(api.request);
  api.request = request;
  api.get = (...args) => {
    const outgoing = request(...args);
    outgoing.end();
    return outgoing;
  };
}

syncBuiltinESMExports();
