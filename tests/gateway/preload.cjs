"use strict";
// Loaded into the gateway with `node --require`, before any of its own code: keeps the process on loopback.
//
// - Whatever listens, listens on 127.0.0.1.
// - An HTTP(S) call to any other host is sent to the upstream instead, and noted in the log of redirections.
// - What cannot be redirected (raw sockets, DNS, datagrams, child processes) fails with ELOOPBACKONLY, and is
//   noted in the log of escapes, because the gateway may swallow the error.
//
// The fetch and http layers redirect; the socket and DNS layers below are the net under both: what knows
// another way to the network (a bundled undici, HTTP/2, a followed redirect) ends there.

const childProcess = require("node:child_process");
const dgram = require("node:dgram");
const dns = require("node:dns");
const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const net = require("node:net");
const { syncBuiltinESMExports } = require("node:module");
const { urlToHttpOptions } = require("node:url");

const LOOPBACK = "127.0.0.1";
const upstream = new URL(`http://${required("GATEWAY_UPSTREAM")}`);
const redirectedLog = required("GATEWAY_REDIRECTED_LOG");
const escapesLog = required("GATEWAY_ESCAPES_LOG");

if (!isLoopback(upstream.hostname)) throw new Error(`GATEWAY_UPSTREAM is not on loopback: ${upstream.host}`);

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} has to be set for ${__filename}`);
  return value;
}

function isLoopback(host) {
  const bare = String(host).replace(/^\[(.*)\]$/, "$1").toLowerCase();
  return bare === "localhost" || bare === "::1" || (net.isIPv4(bare) && bare.startsWith("127."));
}

function refused(what) {
  const line = what.replace(/\s+/g, " ").trim();
  fs.appendFileSync(escapesLog, `${line}\n`);
  const error = new Error(`refused, this process may only use loopback: ${line}`);
  return Object.assign(error, { code: "ELOOPBACKONLY" });
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

// --- the net below: sockets, names, datagrams, processes

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  // net.connect and tls.connect pass the arguments in one array, already normalised.
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  const options = typeof first === "object" && first !== null ? first : { port: first, host: second };
  const host = typeof options.host === "string" ? options.host : "localhost";
  const isPort = Number.isInteger(Number(options.port));
  // A resolver of the caller's own could send a loopback name anywhere.
  if (isPort && !options.path && !options.lookup && isLoopback(host)) return connect.apply(this, args);
  const error = refused(`socket to ${options.path ?? `${host}:${String(options.port)}`}`);
  // As late as a real refusal, so that who asked has attached its handlers.
  setImmediate(() => this.destroy(error));
  return this;
};

function words(args) {
  return args.filter((argument) => typeof argument === "string").join(" ");
}

function failing(what) {
  return function (...args) {
    const error = refused(`${what} ${words(args)}`);
    const callback = args.find((argument) => typeof argument === "function");
    if (!callback) return Promise.reject(error);
    process.nextTick(callback, error);
    return undefined;
  };
}

for (const api of [dns, dns.promises]) {
  const lookup = api.lookup;
  api.lookup = function (name, ...rest) {
    const local = !name || isLoopback(name) || net.isIP(name);
    return (local ? lookup : failing("lookup")).call(this, name, ...rest);
  };
}

// Every other function of DNS asks a name server, whatever the name.
const asksNameServer = /^(resolve|reverse|lookupService)/;
for (const owner of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
  const prototypes = [owner, Object.getPrototypeOf(owner)].filter((each) => each !== Object.prototype);
  const names = prototypes.flatMap(Object.getOwnPropertyNames).filter((name) => asksNameServer.test(name));
  for (const name of names) owner[name] = failing(`dns.${name}`);
}

function throwing(what) {
  return function (...args) {
    throw refused(`${what} ${words(args.map((argument) => argument?.file ?? argument))}`);
  };
}

for (const name of ["bind", "connect", "send"]) dgram.Socket.prototype[name] = throwing(`datagram ${name}`);
childProcess.ChildProcess.prototype.spawn = throwing("child process");
for (const name of ["spawnSync", "execSync", "execFileSync"]) childProcess[name] = throwing("child process");

syncBuiltinESMExports();
