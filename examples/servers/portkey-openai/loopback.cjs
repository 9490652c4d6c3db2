"use strict";
// Loaded into the gateway with `node --require`, before any of its own code: keeps the process on loopback.
//
// - Whatever listens, listens on 127.0.0.1.
// - An HTTP(S) call to any other host is sent to the upstream instead, and noted in the log of redirections.
// - What cannot be redirected (raw sockets, DNS, datagrams, child processes) fails with ELOOPBACKONLY, and is
//   noted in the log of escapes, because the gateway may swallow the error.
//
// The fetch and http layers redirect; the guard of sockets and DNS is the net under both: what knows
// another way to the network (a bundled undici, HTTP/2, a followed redirect) ends there.

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
const refused = guard({ escapesLog: required("GATEWAY_ESCAPES_LOG") });

fs.writeFileSync(redirectedLog, "");

if (!isLoopback(upstream.hostname)) throw new Error(`GATEWAY_UPSTREAM is not on loopback: ${upstream.host}`);

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} has to be set for ${__filename}`);
  return value;
}

// Without the query: some providers take their key there.
function noteRedirected(method, host, path) {
  const entry = { method: method.toUpperCase(), host, path: path.split("?")[0] };
  fs.appendFileSync(redirectedLog, `${JSON.stringify(entry)}\n`);
}

// --- ending: a runner that is killed cannot end the gateway it started

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
    throw refused(`listen on ${String(options.path ?? options.port ?? "a handle")}, which is no TCP port`);
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

function towardsUpstream(options) {
  // An agent or a connector of the caller's own would open its own connection, perhaps over TLS.
  const { agent, createConnection, defaultPort, servername, ...kept } = options;
  const [host, port] = [upstream.hostname, upstream.port];
  return { ...kept, protocol: "http:", host, hostname: host, port };
}

const plainRequest = http.request;
function guarded(original) {
  return function request(...args) {
    const { callback, options } = splitRequestArguments(args);
    if (options.socketPath) throw refused(`HTTP over the socket ${options.socketPath}`);
    const host = options.hostname || options.host || "localhost";
    if (isLoopback(host)) return original.apply(this, args);
    noteRedirected(options.method ?? "GET", host, options.path ?? "/");
    return plainRequest(towardsUpstream(options), callback);
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
