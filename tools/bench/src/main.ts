import type { BenchReport } from './report';

/** Each bench is loaded only when it runs. */
const BENCHES: Record<string, () => Promise<BenchReport[]>> = {
  messaging: async () => (await import('./messaging/index.js')).benchMessaging(),
  video: async () => [await (await import('./video/index.js')).benchVideo()],
};

const USAGE = `Usage: npm run bench -- [NAME…] [--json]

Measures against a peer or a limit in the same run. Without a name all of them run:
  ${Object.keys(BENCHES).join('\n  ')}

Exit status: 0 when every target was met, 1 when one was missed, 2 for wrong usage.
`;

async function main(args: string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const json = args.includes('--json');
  const names = args.filter((arg) => arg !== '--json');
  const unknown = names.find((name) => BENCHES[name] === undefined);
  if (unknown !== undefined) {
    process.stderr.write(`bench: expected one of ${Object.keys(BENCHES).join(', ')}, received ${unknown}\n\n${USAGE}`);
    return 2;
  }
  const reports: BenchReport[] = [];
  for (const name of names.length > 0 ? names : Object.keys(BENCHES)) {
    const made = (await BENCHES[name]?.()) ?? [];
    reports.push(...made);
    if (!json) made.forEach(print);
  }
  if (json) process.stdout.write(`${JSON.stringify({ node: process.version, reports }, null, 2)}\n`);
  return reports.every((report) => report.rows.every((row) => row.ok !== false)) ? 0 : 1;
}

function print(report: BenchReport): void {
  console.log(`\n${report.name}`);
  for (const row of report.rows) {
    const peer = row.peer === undefined ? '' : `  peer ${row.peer.toFixed(1)} ${row.unit}`;
    const ratio = row.ratio === undefined ? '' : `  ratio ${row.ratio.toFixed(2)}`;
    const verdict = row.target === undefined ? '' : `  ${row.ok === true ? '✓' : '✗'} ${row.target}`;
    console.log(`  ${row.name.padEnd(32)} ${row.value.toFixed(1).padStart(10)} ${row.unit}${peer}${ratio}${verdict}`);
  }
}

void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
