#!/usr/bin/env node
// npm start, npm test and the like: sets the machine up as far as it is not, then does the job.
// Only old syntax and built-in modules here: this file must still run on a Node.js too old for the rest, to say so.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `✗ Node.js: expected 20.19 or newer, received ${process.versions.node}\n` +
      '  fix: install it from https://nodejs.org, or run: nvm install 20',
  );
  process.exit(1);
}

const { main } = await import('./src/main.mjs');
process.exitCode = await main(process.argv.slice(2));
