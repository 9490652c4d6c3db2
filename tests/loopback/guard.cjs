"use strict";
// Keeps a Node process on loopback, where it is required before any other code.
//
// guard({ escapesLog, reroute }) patches sockets, DNS, datagrams and child processes:
// - a connection to a host and port of `reroute` ({"host:port": "127.0.0.1:port"}) goes there instead;
// - what would leave loopback fails with ELOOPBACKONLY, and is noted in the file `escapesLog`, because the program
//   may swallow the error.

const childProcess = require("node:child_process");
const dgram = require("node:dgram");
const dns = require("node:dns");
const fs = require("node:fs");
const net = require("node:net");
const { syncBuiltinESMExports } = require("node:module");

function isLoopback(host) {
  const bare = String(host).replace(/^\[(.*)\]$/, "$1").toLowerCase();
  return bare === "localhost" || bare === "::1" || (net.isIPv4(bare) && bare.startsWith("127."));
}

function refusing(escapesLog) {
  return function refused(what) {
    const line = what.replace(/\s+/g, " ").trim();
    fs.appendFileSync(escapesLog, `${line}\n`);
    const error = new Error(`refused, this process may only use loopback: ${line}`);
    return Object.assign(error, { code: "ELOOPBACKONLY" });
  };
}

function words(args) {
  return args.filter((argument) => typeof argument === "string").join(" ");
}

function guardSockets(refused, reroute) {
  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...args) {
    // net.connect and tls.connect pass the arguments in one array, already in their full form.
    const given = Array.isArray(args[0]) ? args[0] : args;
    const [first, second] = given;
    const options = typeof first === "object" && first !== null ? first : { port: first, host: second };
    const host = typeof options.host === "string" ? options.host : "localhost";
    const target = reroute[`${host}:${options.port}`];
    if (target && given[0] === options) {
      const { hostname, port } = new URL(`http://${target}`);
      given[0] = { ...options, host: hostname, port: Number(port), lookup: undefined };
      return connect.apply(this, args);
    }
    const isPort = Number.isInteger(Number(options.port));
    // A resolver of the caller's own could send a loopback name anywhere.
    if (isPort && !options.path && !options.lookup && isLoopback(host)) return connect.apply(this, args);
    const error = refused(`socket to ${options.path ?? `${host}:${String(options.port)}`}`);
    // As late as a real refusal, so that who asked has attached its handlers.
    setImmediate(() => this.destroy(error));
    return this;
  };
}

function guardNames(refused) {
  const failing = (what) =>
    function (...args) {
      const error = refused(`${what} ${words(args)}`);
      const callback = args.find((argument) => typeof argument === "function");
      if (!callback) return Promise.reject(error);
      process.nextTick(callback, error);
      return undefined;
    };
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
}

function guardTheRest(refused) {
  const throwing = (what) =>
    function (...args) {
      throw refused(`${what} ${words(args.map((argument) => argument?.file ?? argument))}`);
    };
  for (const name of ["bind", "connect", "send"]) dgram.Socket.prototype[name] = throwing(`datagram ${name}`);
  childProcess.ChildProcess.prototype.spawn = throwing("child process");
  for (const name of ["spawnSync", "execSync", "execFileSync"]) childProcess[name] = throwing("child process");
}

function guard({ escapesLog, reroute = {} }) {
  const refused = refusing(escapesLog);
  guardSockets(refused, reroute);
  guardNames(refused);
  guardTheRest(refused);
  syncBuiltinESMExports();
  return refused;
}

module.exports = { guard, isLoopback };
