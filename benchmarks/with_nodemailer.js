/*
 * nodemailer's pool, its template filled in by string, no ledger.
 *
 *     node with_nodemailer.js TASK LETTER
 *
 * Both are JSON; prints what `measure.py` prints.
 */
"use strict";

const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");
const nodemailer = require("nodemailer");

const [task, letter] = process.argv.slice(2).map((argument) => JSON.parse(argument));

const attachments = Object.entries(letter.attachments).map(([filename, size]) => ({
  filename,
  content: createHash("shake256", { outputLength: size }).update(filename).digest(),
}));

const transport = nodemailer.createTransport({
  host: "127.0.0.1",
  port: task.port,
  ignoreTLS: true,
  pool: true,
  maxConnections: task.connections,
  maxMessages: Infinity, // by default a connection ends after 100
  dkim: task.key_file ? {
    domainName: "posiljatelj.example",
    keySelector: "bench",
    privateKey: readFileSync(task.key_file, "utf8"),
  } : undefined,
});

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (value) => value.replace(/[&<>"]/g, (sign) => ENTITIES[sign]);

function fill(template, salutation, name) {
  return template
    .replaceAll("{{ salutation }}", salutation)
    .replaceAll("{{ organisation.name }}", name);
}

function message(number) {
  const address = `obcina@town-${String(number).padStart(5, "0")}.example`;
  return {
    from: letter.sender,
    to: address,
    subject: letter.subject,
    text: fill(letter.text, "Spoštovani,", address),
    html: fill(letter.html, escaped("Spoštovani,"), escaped(address)),
    attachments: task.has_attachments ? attachments : [],
  };
}

let next = 0;

async function work() {
  while (next < task.count) {
    await transport.sendMail(message(next++));
  }
}

async function main() {
  const cpuBefore = process.cpuUsage();
  const before = process.hrtime.bigint();
  // Twice as many as connections, so that the pool always has one waiting.
  await Promise.all(Array.from({ length: 2 * task.connections }, work));
  const wall = Number(process.hrtime.bigint() - before) / 1e9;
  const cpu = process.cpuUsage(cpuBefore);
  transport.close();
  const status = readFileSync("/proc/self/status", "utf8");
  const cost = {
    wall_s: wall,
    cpu_s: (cpu.user + cpu.system) / 1e6,
    peak_rss_mib: Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024,
  };
  console.log(JSON.stringify(cost));
}

main();
